import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Route, Tls } from '../../src/contract/service.js'
import { manifestOf } from '../../src/plan/manifest.js'
import { nginxPartOf } from '../../src/release/nginx-part.js'
import { app, ingredients } from './samples.js'

const ACME: Tls = { from: 'acme', server: 'https://acme.example/d', challenge: 'http', hstsSeconds: 60 }
const LOCAL: Tls = { from: 'local', hstsSeconds: 0 }

function route(own: Partial<Route> = {}): Route {
  return { url: '', scheme: 'https', domain: 'a.example', path: '/', strip: true, server: 'slipway', ...own }
}

function domains(...routes: Route[]) {
  const web = { ...app({ listen: 'unix' }), routes }
  return nginxPartOf(manifestOf(web, ingredients())).domains
}

describe('nginxPartOf: domains', () => {
  it('are those whose server blocks are ours', () => {
    assert.deepEqual(domains(route(), route({ domain: 'b.example', server: 'existing' })), {
      'a.example': { tls: null, path: '/', redirectTo: null },
    })
  })

  it('say how they get their certificate, whichever route tells it', () => {
    const secure = route({ tls: { 'a.example': ACME } })
    const plain = route({ scheme: 'http', path: '/plain/' })
    const expected = { 'a.example': { tls: ACME, path: '/', redirectTo: null } }
    assert.deepEqual(domains(secure, plain), expected)
    assert.deepEqual(domains(plain, secure), expected)
  })

  it('that are redirected say where to, with a certificate of their own', () => {
    const tls = { 'a.example': LOCAL, 'www.a.example': LOCAL }
    assert.deepEqual(domains(route({ redirectFrom: ['www.a.example'], tls })), {
      'a.example': { tls: LOCAL, path: '/', redirectTo: null },
      'www.a.example': { tls: LOCAL, path: '/', redirectTo: 'https://a.example' },
    })
  })
})
