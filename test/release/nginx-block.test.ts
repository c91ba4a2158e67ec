import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { block } from '../../src/release/nginx-block.js'

describe('block', () => {
  it('holds a line each', () => {
    assert.equal(block('location /', ['root /a;', 'etag off;']), 'location / {\n  root /a;\n  etag off;\n}\n')
  })
  it('may be empty', () => assert.equal(block('events', []), 'events {\n}\n'))
})
