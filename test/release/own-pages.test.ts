import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderOwnPages } from '../../src/release/own-pages.js'

describe('renderOwnPages', () => {
  const text = renderOwnPages('web')

  it('are named by the service, and can’t be asked for', () => {
    assert.deepEqual(text.match(/^location .*|^ {2}internal;/gm), [
      'location @slipway_down_web {',
      '  internal;',
      'location @slipway_closed_web {',
      '  internal;',
    ])
  })

  it('say with what status, and when to come back from maintenance', () => {
    assert.deepEqual(text.match(/^ {2}(return \d+|add_header .*)/gm), [
      '  add_header Cache-Control no-store always;',
      '  add_header Strict-Transport-Security $slipway_hsts always;',
      '  return 502',
      '  add_header Cache-Control no-store always;',
      '  add_header Strict-Transport-Security $slipway_hsts always;',
      '  add_header Retry-After 60 always;',
      '  return 503',
    ])
  })

  it('need nothing else: no other file, no variable of nginx’s in their text', () => {
    const pages = text.match(/"[^"]*"/g) ?? []
    assert.equal(pages.length, 2)
    for (const page of pages) assert.doesNotMatch(page, /src=|href=|url\(|\$/)
  })
})
