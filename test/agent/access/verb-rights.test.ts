import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { narrowReport } from '../../../src/agent/access/narrow-report.js'
import { grantFor, keyRights, keyWho, refusedText } from '../../../src/agent/access/rights.js'
import { callText, verbAllowed } from '../../../src/agent/access/verb-rights.js'
import type { Report } from '../../../src/contract/report.js'
import { type Params, VERBS, type Verb } from '../../../src/contract/verbs.js'
import { asking, made } from './policy/samples.js'

const KEY = { service: 'web', name: 'ci' }
const ID = '0123456789abcdef'
const OTHERS = 'fedcba9876543210'
const owns = (id: string) => id !== OTHERS

const allowed = <V extends Verb>(verb: V, params: object) => verbAllowed(verb, params as Params<V>, KEY, owns)

describe('a key may', () => {
  const cases: [Verb, object][] = [
    ['hello', { contract: 1, version: '1' }],
    ['report', { probe: true, settings: true, secretKeys: true, systems: [] }],
    ['apply', asking(made())],
    ['follow', { id: ID, known: 0 }],
    ['abort', { id: ID, reason: 'x' }],
    ['reach', { id: ID }],
    ['confirm', { id: ID, nonce: '0'.repeat(32) }],
    ['acknowledge', { id: ID }],
    ['undo', { id: ID, who: 'ann', reason: 'x' }],
    ['realise', { service: 'web', package: '/nix/store/x', derivation: null, mayWork: true }],
    ['withdraw', { service: 'web', who: 'ann' }],
    ['history', { service: 'web' }],
    ['logs', { service: 'web', follow: true, lines: 1, since: null }],
  ]
  for (const [verb, params] of cases) it(verb, () => assert.equal(allowed(verb, params), true))

  it('nothing beside that', () => {
    const may = new Set(cases.map(([verb]) => verb))
    for (const verb of Object.keys(VERBS) as Verb[]) {
      if (may.has(verb)) continue
      const own = { service: 'web', name: 'ci', who: 'ann', on: true, purge: false, id: ID }
      assert.equal(allowed(verb, own), false, verb)
    }
  })

  it('nothing with what others have begun', () => {
    for (const verb of ['apply', 'follow', 'abort', 'reach', 'confirm', 'acknowledge', 'undo'] as const) {
      assert.equal(allowed(verb, { id: OTHERS }), false, verb)
    }
  })

  it('nothing with other services, and the systems', () => {
    for (const verb of ['realise', 'withdraw', 'history', 'logs'] as const) {
      for (const service of ['blog', 'webb', 'we', '']) assert.equal(allowed(verb, { service }), false)
    }
    const systems = [{ name: 'web', user: 'root', profileName: 'system', profile: null }]
    assert.equal(allowed('report', { systems }), false)
  })
})

describe('callText', () => {
  it('is one line of each call, without what is secret', () => {
    const secrets = [{ service: 'web', name: 'TOKEN', version: 'aa', value: 'aHVudGVyMg==' }]
    const text = callText('apply', asking(made(), { secrets }))
    assert.equal(text, `apply ${ID} deploy web`)
    assert.equal(callText('confirm', { id: ID, nonce: '1'.repeat(32) }), `confirm ${ID}`)
    assert.equal(callText('abort', { id: ID, reason: 'not good' }), `abort ${ID} not good`)
    assert.equal(callText('history', { service: 'web' }), 'history web')
    const kept = { service: 'web', name: 'T', version: 'aa', key: 'ab', value: 'aHVudGVyMg==', who: 'ann' }
    assert.equal(callText('keepSecret', kept), 'keepSecret')
  })
})

describe('the rights of a key', () => {
  const rights = keyRights(KEY, {
    routes: [
      { domain: 'example.com', path: '/' },
      { domain: 'example.com', path: '/forum/' },
      { domain: 'www.example.com', path: '/x/' },
    ],
  })

  it('are what lies below its URLs, the nearest of which counts', () => {
    assert.equal(grantFor(rights, 'example.com', '/forum/x/'), 7)
    assert.equal(grantFor(rights, 'example.com', '/'), 1)
    assert.equal(grantFor(rights, 'www.example.com', '/x/'), 3)
    assert.equal(grantFor(rights, 'www.example.com', '/xx/'), undefined)
    assert.equal(grantFor(rights, 'other.example', '/'), undefined)
  })

  it('are said with what was done', () => {
    assert.equal(keyWho('ann@laptop', KEY), 'ann@laptop (key ci)')
    assert.equal(refusedText(KEY), 'this key deploys web, and does nothing else')
  })

  it('are all that it sees of a host', () => {
    const report = {
      host: { name: 'nixie', became: true, key: null, nginxDomains: ['example.com', 'other.example'] },
      lock: null,
      services: [{ name: 'web' }, { name: 'blog' }],
      secrets: [{ service: 'web' }, { service: 'blog' }],
      systems: [{ name: 'box' }],
      certificates: [{ domain: 'www.example.com' }, { domain: 'other.example' }],
      ports: [22, 20_001],
    } as unknown as Report
    assert.deepEqual(narrowReport(report, rights, [20_001, 3000]) as unknown, {
      host: { name: 'nixie', became: false, key: KEY, nginxDomains: ['example.com'] },
      lock: null,
      services: [{ name: 'web' }],
      secrets: [{ service: 'web' }],
      systems: [],
      certificates: [{ domain: 'www.example.com' }],
      ports: [22, 3000, 20_001],
    })
  })
})
