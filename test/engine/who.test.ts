import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { whoAmI } from '../../src/engine/who.js'

describe('whoAmI', () => {
  it('is user@machine, in characters that need no quoting', () => {
    assert.match(whoAmI(), /^[\w.-]+@[\w.-]+$/)
  })
})
