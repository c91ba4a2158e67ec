import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { interpreterFor } from '../../../../src/init/detect/python/interpreter.js'

const attribute = (...wanted: string[]) => interpreterFor(wanted).attribute

describe('interpreterFor', () => {
  it('is the usual one wherever that will do', () => {
    assert.equal(interpreterFor([]).attribute, 'python3')
    for (const wanted of [
      '>=3.11',
      '^3.11',
      '>=3.10,<4',
      '~=3.12',
      '*',
      '>=3.9 <3.14',
      '>=3.13.2',
      '3',
      '^3.8 || ^4',
    ])
      assert.equal(attribute(wanted), 'python3', wanted)
  })

  it('is another where that is asked for', () => {
    assert.equal(attribute('>=3.14'), 'python314')
    assert.equal(attribute('>=3.9,<3.13'), 'python312')
    assert.equal(attribute('>= 3.9, != 3.13.*, != 3.12.*, < 3.14'), 'python311')
    assert.equal(attribute('==3.11.*'), 'python311')
    assert.equal(attribute('3.11'), 'python311')
    assert.equal(attribute('~3.12'), 'python312')
    assert.equal(attribute('3.12.4'), 'python312')
    assert.equal(attribute('>=3.11', '<3.12'), 'python311')
  })

  it('is the one its developers use, where that is allowed', () => {
    assert.equal(interpreterFor(['>=3.11'], '3.12.4').attribute, 'python312')
    assert.equal(interpreterFor(['>=3.11'], 'cpython-3.12').attribute, 'python312')
    assert.equal(interpreterFor(['>=3.13'], '3.12').attribute, 'python3')
  })

  it('says where nixpkgs has none', () => {
    assert.deepEqual(interpreterFor(['==3.8.*']), {
      attribute: 'python3',
      minor: 13,
      note: "it asks for Python ==3.8.*, which nixpkgs doesn't have: the flake takes 3.13",
    })
    assert.equal(
      interpreterFor([], 'pypy3.10').note,
      "it is used with Python pypy3.10, which nixpkgs doesn't have: the flake takes 3.13",
    )
  })
})
