import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { forge, type KeyHost, keyHost, newId, refuses } from './key-host.js'

/** Rights that are granted by name: to look at a host, and to deploy several services. */
describe('keys that are granted more than one service', () => {
  const after = cleanups()
  let host: LabHost
  let key: KeyHost

  before(async () => {
    host = await labHost('t-rights', after)
    key = await keyHost(host, after)
    for (const words of [['setup', 'web', '--deploy-user'], ['deploy']]) {
      const { code, text } = await key.app.slipway(...words)
      assert.equal(code, 0, text)
    }
  })

  const add = (file: string, ...words: string[]) =>
    key.app.slipway('keys', 'add', 'web', join(key.folder, file), ...words)

  it('are added, listed and shown for what they may do', async () => {
    const eyes = await add('two.pub', '--observe')
    assert.equal(eyes.code, 0, eyes.text)
    assert.match(eyes.stdout, /the key two \(SHA256:\S+\) may look at the host, as slipway/)
    const server = await add('ci.pub', '--service', 'app', '--service', 'other')
    assert.equal(server.code, 0, server.text)
    assert.match(server.stdout, /may deploy app, at app\.example\.test\/, .*; deploy other, at shared\./)
    const { stdout } = await key.app.slipway('keys', 'list', 'web')
    assert.match(stdout, /^app +ci .*\nother +ci .*\n- +two +SHA256:\S+ +looks at the host/m)
    assert.match((await add('ci.pub')).text, /a key without any right would be of no use/)
  })

  it('look at all of the host, and at no value', async () => {
    const params = { probe: false, settings: true, secretKeys: true, systems: [] }
    const report = await key.withKey((agent) => agent.call('report', params), 'two')
    assert.deepEqual(report.services.map(({ name }) => name).sort(), ['app', 'other'])
    assert.deepEqual(report.secrets, [])
    for (const { manifest } of report.services) {
      assert.ok(manifest?.service.kind === 'service')
      assert.deepEqual(manifest.service.env, {})
    }
    await key.withKey(async (agent) => {
      assert.ok((await agent.call('history', { service: 'other' })).entries.length > 0)
      await agent.call('logs', { service: 'other', follow: false, lines: 1, since: null })
      await agent.call('certificates', { mode: 'list', ms: 1000, domains: [] })
    }, 'two')
  })

  it('change nothing where they may only look', async () => {
    const forged = await forge(key)
    const only = /this key looks at the host, and does nothing else/
    await key.withKey(async (agent) => {
      await refuses(agent.call('apply', forged.request(2)), only)
      await refuses(agent.call('withdraw', { service: 'app', who: 'me' }), only)
      await refuses(agent.call('stop', { service: 'app', who: 'me' }), only)
      await refuses(agent.call('certificates', { mode: 'force', ms: 1000, domains: [] }), only)
      await refuses(agent.call('audit', { name: null, lines: 1 }), only)
      await refuses(agent.call('abort', { id: newId(), reason: 'x' }), only)
    }, 'two')
  })

  it('deploy what they were given, each within its own URLs', async () => {
    const forged = await forge(key)
    const [route] = forged.request(2).releases[0]?.manifest.service.routes ?? []
    assert.ok(route)
    await key.withKey(async (agent) => {
      // The other service's domain, which the same key may serve, but not with this one.
      const url = 'http://other.example.test'
      const taken = { ...route, url, domain: 'other.example.test', path: '/' }
      await refuses(
        agent.call('apply', forged.request(2, { service: { routes: [taken] } })),
        /this key may not serve other\.example\.test\//,
      )
      const item = forged.request(2).items[0]
      await refuses(
        agent.call('apply', forged.request(2, { request: { items: [{ ...item, name: 'third' }] as never } })),
        /this key deploys app, other, and does nothing else/,
      )
    })
  })

  it('are gone when they are removed', async () => {
    const wrong = await key.app.slipway('keys', 'remove', 'web', 'two', '--service', 'app')
    assert.match(wrong.text, /the host has no key two of app/)
    for (const name of ['two', 'ci']) {
      const { code, text } = await key.app.slipway('keys', 'remove', 'web', name)
      assert.equal(code, 0, text)
    }
    assert.match((await key.asks('id')).stderr, /Permission denied \(publickey/)
    const { stdout } = await key.app.slipway('audit', 'web', '--key', 'two')
    assert.match(stdout, /key two from 10\.\S+: added, SHA256:\S+: looks at the host\n/)
    assert.match(stdout, /key two from 10\.\S+: refused: stop: this key looks at the host/)
    assert.match(stdout, /key two from 10\.\S+: removed$/m)
  })
})
