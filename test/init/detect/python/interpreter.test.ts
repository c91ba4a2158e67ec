import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { interpreterFor } from '../../../../src/init/detect/python/interpreter.js'

describe('interpreterFor', () => {
  it('is the usual one wherever that will do', () => {
    for (const wanted of [undefined, '>=3.11', '^3.11', '>=3.10,<4', '~=3.12'])
      assert.equal(interpreterFor(wanted), 'python3')
  })

  it('is another where that is asked for', () => {
    assert.equal(interpreterFor('>=3.14'), 'python314')
    assert.equal(interpreterFor('>=3.9,<3.13'), 'python312')
    assert.equal(interpreterFor('==3.11.*'), 'python311')
  })
})
