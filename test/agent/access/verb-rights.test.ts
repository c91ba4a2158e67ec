import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  grantFor,
  keyRights,
  keyText,
  keyWho,
  losesRights,
  type Rights,
  refusedText,
  rightsFor,
} from '../../../src/agent/access/rights.js'
import { callText, verbAllowed } from '../../../src/agent/access/verb-rights.js'
import { type Params, VERBS, type Verb } from '../../../src/contract/verbs.js'
import { asking, grantsOf, made } from './policy/samples.js'

const KEY = { service: 'web', name: 'ci' }
const WEB: Rights = { ...KEY, services: [{ service: 'web', routes: [] }], observe: false }
const EYES: Rights = { service: null, name: 'eyes', services: [], observe: true }
const ID = '0123456789abcdef'
const OTHERS = 'fedcba9876543210'
const owns = (id: string) => id !== OTHERS

const allowed = <V extends Verb>(verb: V, params: object, rights = WEB) =>
  verbAllowed(verb, params as Params<V>, rights, owns)

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

  it('audit 30: look at profiles of Nix, and at no other path of the host', () => {
    const report = (system: object) => ({
      ...{ probe: false, settings: false, secretKeys: false },
      systems: [{ name: 'x', user: 'root', profileName: 'system', profile: null, ...system }],
    })
    for (const own of [{}, { profile: '/nix/var/nix/profiles/per-user/ann/web' }]) {
      assert.equal(allowed('report', report(own), EYES), true)
    }
    const others = [
      { profile: '/root/.ssh/id' },
      { profile: '/nix/var/nix/profiles/../../../../root/x' },
      { profile: '/nix/var/nix/profiles//etc/./x' },
      { user: '../../../../root' },
      { profileName: '../../../../../../etc/shadow' },
      { user: '.', profileName: '..' },
    ]
    for (const own of others) assert.equal(allowed('report', report(own), EYES), false, JSON.stringify(own))
    assert.equal(allowed('report', report({})), false)
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

describe('a key that may look at a host', () => {
  const LIST = { mode: 'list', ms: 1000, domains: [] }
  it('is told of all services, systems and certificates', () => {
    const systems = [{ name: 'box', user: 'root', profileName: 'system', profile: null }]
    assert.equal(allowed('report', { systems }, EYES), true)
    assert.equal(allowed('logs', { service: 'web', follow: true, lines: 1, since: null }, EYES), true)
    assert.equal(allowed('history', { service: 'blog' }, EYES), true)
    assert.equal(allowed('certificates', LIST, EYES), true)
    assert.equal(allowed('certificates', LIST), false)
  })

  it('changes nothing', () => {
    const may = new Set<Verb>(['hello', 'report', 'logs', 'history'])
    for (const verb of Object.keys(VERBS) as Verb[]) {
      if (may.has(verb)) continue
      const params = { service: 'web', name: 'ci', who: 'ann', on: true, purge: false, id: ID, mode: 'due' }
      assert.equal(allowed(verb, params, EYES), false, verb)
    }
  })
})

describe('a key for several services', () => {
  const SEVERAL: Rights = {
    ...{ service: null, name: 'server', observe: false },
    services: ['web', 'api'].map((service) => ({ service, routes: [] })),
  }
  it('may do with each what a key of its own might, and no more', () => {
    for (const verb of ['withdraw', 'history', 'logs'] as const) {
      for (const service of ['web', 'api']) assert.equal(allowed(verb, { service }, SEVERAL), true)
      assert.equal(allowed(verb, { service: 'blog' }, SEVERAL), false)
    }
    assert.equal(allowed('certificates', { mode: 'list' }, SEVERAL), false)
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
  const routes = [
    { domain: 'example.com', path: '/' },
    { domain: 'example.com', path: '/forum/' },
    { domain: 'www.example.com', path: '/x/' },
  ]
  const rights = keyRights(KEY, { services: [{ service: 'web', routes }], observe: false })

  it('are what lies below its URLs, the nearest of which counts', () => {
    const web = rightsFor(rights, 'web') ?? assert.fail()
    assert.equal(rightsFor(rights, 'blog'), undefined)
    assert.equal(grantFor(web, 'example.com', '/forum/x/'), 7)
    assert.equal(grantFor(web, 'example.com', '/'), 1)
    assert.equal(grantFor(web, 'www.example.com', '/x/'), 3)
    assert.equal(grantFor(web, 'www.example.com', '/xx/'), undefined)
    assert.equal(grantFor(web, 'other.example', '/'), undefined)
  })

  it('are said with what was done', () => {
    assert.equal(keyWho('ann@laptop', KEY), 'ann@laptop (key ci)')
    assert.equal(refusedText(WEB), 'this key deploys web, and does nothing else')
    assert.equal(refusedText(EYES), 'this key looks at the host, and does nothing else')
    const both = { services: [...WEB.services, { service: 'api', routes: [] }], observe: true }
    assert.equal(refusedText(both), 'this key looks at the host and deploys web, api, and does nothing else')
    assert.deepEqual([keyText(KEY), keyText(EYES)], ['key ci of web', 'key eyes'])
  })
})

describe('a key that is added anew', () => {
  const web = (...routes: string[]) => ({ service: 'web', routes: grantsOf(routes) })
  const rights = (services: ReturnType<typeof web>[], observe = false) => ({ services, observe })
  const before = rights([web('example.com /', 'example.org /a/')], true)

  it('may do less where a service, a URL or the view of the host is gone', () => {
    for (const now of [
      rights([], true),
      rights([web('example.com /', 'example.org /a/')]),
      rights([web('example.com /')], true),
      rights([web('example.com /', 'example.org /a/b/')], true),
      rights([web('example.com /x/', 'example.org /a/')], true),
    ]) {
      assert.equal(losesRights(before, now), true)
    }
  })

  it('may do as much, or more, else', () => {
    const blog = { service: 'blog', routes: [] }
    for (const now of [before, rights([blog, web('example.com /', 'example.org /')], true)]) {
      assert.equal(losesRights(before, now), false)
    }
  })
})
