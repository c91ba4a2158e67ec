import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { httpProblems } from '../../../../src/agent/access/policy/http.js'
import type { Http } from '../../../../src/contract/http.js'
import type { Route } from '../../../../src/contract/service.js'

const ROUTE: Route = {
  ...{ url: 'http://example.com', scheme: 'http', domain: 'example.com', path: '/' },
  ...{ strip: true, server: 'slipway' },
}
/** The fields that a key may not send, where an administrator has deployed some. */
const refused = (sent?: Http, before?: Http, at: Partial<Route> = {}) =>
  httpProblems({ ...ROUTE, ...(sent && { http: sent }) }, [
    { ...ROUTE, ...(before && { http: before }), ...at },
  ]).map((text) => /http\.(\w+)$/.exec(text)?.[1])

const ADMINISTRATORS: Http = {
  allow: ['192.0.2.0/24'],
  deny: ['192.0.2.1'],
  trustedProxies: ['10.0.0.0/8'],
  rateLimit: { requests: 10, per: 'second', burst: 5 },
  accelRedirect: true,
  bufferRequests: false,
}

describe('how a key has its routes served', () => {
  it('is as usual, or as its own answers are', () => {
    assert.deepEqual(refused(), [])
    const own: Http = {
      headers: { 'Content-Security-Policy': "default-src 'self'" },
      redirects: [{ from: '/a', to: '/b', status: 308 }],
      cache: { pagesSeconds: 60 },
      ...{ compress: true, bufferResponses: false },
    }
    assert.deepEqual(refused(own), [])
    assert.deepEqual(refused({}, own), [])
  })

  it('takes no more of nginx than all do, or than an administrator has given it', () => {
    const most: Http = { maxBodyBytes: 67_108_864, maxHeadBytes: 32_768, timeoutMs: 300_000 }
    assert.deepEqual(refused(most), [])
    const more: Http = { maxBodyBytes: 67_108_865, maxHeadBytes: 32_769, timeoutMs: 300_001 }
    assert.deepEqual(refused(more), ['maxBodyBytes', 'maxHeadBytes', 'timeoutMs'])
    assert.deepEqual(refused(more, more), [])
    assert.deepEqual(refused(most, more), [])
    assert.deepEqual(refused({ maxBodyBytes: 0 }), ['maxBodyBytes'])
    assert.deepEqual(refused({ maxBodyBytes: 0 }, { maxBodyBytes: 2 ** 30 }), ['maxBodyBytes'])
    assert.deepEqual(refused(more, { ...more, maxBodyBytes: 0 }), [])
  })

  for (const [name, value] of Object.entries(ADMINISTRATORS)) {
    it(`has ${name} as an administrator has deployed it, there`, () => {
      const http = { [name]: value }
      assert.deepEqual(refused(http), [name])
      assert.deepEqual(refused({}, http), [name])
      assert.deepEqual(refused(http, http), [])
      assert.deepEqual(refused(http, http, { path: '/other/' }), [name])
      assert.deepEqual(refused(http, http, { domain: 'other.example' }), [name])
    })
  }
})
