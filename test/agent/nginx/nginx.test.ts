import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createNginx, type Nginx } from '../../../src/agent/nginx/nginx.js'
import { readTree } from '../../../src/agent/nginx/tree-files.js'
import type { NginxPart } from '../../../src/release/nginx-part.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'
import { nginxSystemd, partOf } from './samples.js'

describe('createNginx', () => {
  let host: TestAgent
  let nginx: Nginx
  let current: Map<string, NginxPart>
  /** The trees that were tested. */
  let tested: Record<string, string>[]
  let complaint: string | undefined

  beforeEach(async () => {
    current = new Map()
    tested = []
    complaint = undefined
    host = testAgent({
      systemd: { ...nginxSystemd({ state: { mainPid: 0 } }), reloadOrRestart: async () => 'done' },
      run: async (argv) => {
        if (argv.includes('-V')) return endedWith(0, { stderr: 'nginx version: nginx/1.22.1' })
        const folder = /BindReadOnlyPaths=([^:]*):/.exec(argv.join(' '))?.[1]
        if (folder !== undefined) tested.push(await readTree(folder))
        return complaint === undefined ? endedWith(0) : endedWith(1, { stderr: complaint })
      },
    })
    nginx = createNginx(host.agent, async () => current)
    await nginx.prepare()
  })
  afterEach(() => host.remove())

  const secure = (domain: string): NginxPart => ({
    ...partOf('web', domain),
    domains: { [domain]: { tls: { from: 'local', hstsSeconds: 0 }, path: '/', redirectTo: null } },
  })

  it('serves what the current releases say, in the words of the host’s nginx', async () => {
    current.set('web', secure('a.example'))
    await nginx.publish()
    const before = await readTree(host.agent.places.nginx)
    assert.deepEqual(Object.keys(before).sort(), [
      'compress.conf',
      'default.conf',
      'http.conf',
      'locations/a.example/web.conf',
      'servers/a.example.conf',
    ])
    const certificate = join(host.agent.places.certificates, 'domains/a.example/current')
    mkdirSync(certificate, { recursive: true })
    writeFileSync(join(certificate, 'fullchain.pem'), '')
    await nginx.publish()
    const after = await readTree(host.agent.places.nginx)
    assert.match(after['default.conf'] ?? '', /ssl_reject_handshake on;/)
    assert.match(after['servers/a.example.conf'] ?? '', /listen 443 ssl http2;/)
  })

  it('tests new releases beside the current ones, and leaves nothing behind', async () => {
    current.set('web', partOf('web', 'a.example'))
    const refused = await nginx.refusals(new Map([['api', partOf('api', 'b.example')]]))
    assert.deepEqual([...refused], [])
    assert.deepEqual(Object.keys(tested[0] ?? {}).sort(), [
      'compress.conf',
      'default.conf',
      'http.conf',
      'locations/a.example/web.conf',
      'locations/b.example/api.conf',
      'servers/a.example.conf',
      'servers/b.example.conf',
    ])
    assert.ok(!existsSync(join(host.agent.places.run, 'nginx-test')))
    assert.deepEqual(Object.keys(await readTree(host.agent.places.nginx)).sort(), [
      'compress.conf',
      'http.conf',
    ])
  })

  it('tells why a release can not be served', async () => {
    complaint = 'duplicate location'
    const refused = await nginx.refusals(new Map([['api', partOf('api', 'b.example')]]))
    assert.deepEqual([...refused], [['api', 'duplicate location']])
    assert.ok(!existsSync(join(host.agent.places.run, 'nginx-test')))
  })

  it('tests one thing at a time', async () => {
    const order: string[] = []
    current.set('web', partOf('web', 'a.example'))
    await Promise.all([
      nginx.refusals(new Map([['api', partOf('api', 'b.example')]])).then(() => order.push('refusals')),
      nginx.publish().then(() => order.push('publish')),
    ])
    assert.deepEqual(order, ['refusals', 'publish'])
    assert.equal(tested.length, 2)
  })
})
