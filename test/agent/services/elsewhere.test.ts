import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elsewhereText } from '../../../src/agent/services/elsewhere.js'

describe('a program that listens elsewhere', () => {
  it('is told of with its port, and the field that says so', () =>
    assert.equal(
      elsewhereText([{ address: '0.0.0.0', port: 3055 }], 20_000, false),
      "it listens on *:3055, and not on 127.0.0.1:20000, where nginx asks it: have it listen there ($PORT says so with listen: 'port'), or write listen: { port: 3055 }",
    ))

  it('in a network of its own is told to keep that', () =>
    assert.match(
      elsewhereText([{ address: '::', port: 3055 }], 3000, true),
      /^it listens on \*:3055, .* or write listen: \{ port: 3055, network: 'own' \}$/,
    ))

  it('on ::1 alone is told to listen on 127.0.0.1', () =>
    assert.equal(
      elsewhereText([{ address: '::1', port: 20_002 }], 20_002, false),
      'it listens on [::1]:20002, and not on 127.0.0.1:20002, where nginx asks it: have it listen on 127.0.0.1',
    ))
})
