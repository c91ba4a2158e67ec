import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { type AcmeTls, certificateFromAcme } from '../../../src/agent/certificates/acme.js'
import type { Ended, RunOptions } from '../../../src/agent/run.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'
import { web } from './web.js'

/** lego, as far as the agent sees it. */
type Lego = (argv: readonly string[], options: RunOptions | undefined) => Ended

describe('certificateFromAcme', () => {
  let server: Awaited<ReturnType<typeof web>>
  let asked = 0
  let host: TestAgent
  let orders: { argv: readonly string[]; env: Record<string, string> | undefined }[]
  let lego: Lego
  before(async () => {
    server = await web((_, response) => {
      asked += 1
      response.end('{}')
    })
  })
  after(() => server.close())
  beforeEach(() => {
    asked = 0
    orders = []
    lego = succeed
    host = testAgent({
      run: async (argv, options) => {
        if (argv[1] === '--version') return endedWith(0)
        orders.push({ argv, env: options?.env })
        return lego(argv, options)
      },
    })
    mkdirSync(host.agent.places.certificates, { recursive: true })
  })
  afterEach(() => host.remove())

  const path = (...names: string[]) => join(host.agent.places.certificates, ...names)
  const succeed: Lego = () => {
    mkdirSync(path('lego/certificates'), { recursive: true })
    writeFileSync(path('lego/certificates/a.example.crt'), 'certificate')
    writeFileSync(path('lego/certificates/a.example.key'), 'key')
    return endedWith(0)
  }
  const tls = (given: Partial<AcmeTls> = {}): AcmeTls => ({
    from: 'acme',
    hstsSeconds: 0,
    server: `${server.url}/d`,
    email: 'admin@a.example',
    challenge: { dns: 'exec', propagation: false },
    ...given,
  })
  const get = (given?: Partial<AcmeTls>) =>
    certificateFromAcme(host.agent, 'a.example', tls(given), () => Date.now() / 1000)

  it('asks the server how it does, and lego for the certificate, which is taken from there', async () => {
    assert.deepEqual(await get(), { certificate: 'certificate', key: 'key' })
    assert.equal(asked, 1)
    assert.deepEqual(
      orders.map(({ argv }) => argv.join(' ')),
      [
        `lego --accept-tos --server ${server.url}/d --email admin@a.example --path ${path('lego')} --key-type ec256 --domains a.example --dns exec --dns.disable-cp run`,
      ],
    )
    assert.ok(!existsSync(path('lego/certificates/a.example.key')))
  })

  it('gives lego the credentials of DNS providers', async () => {
    writeFileSync(path('env'), 'EXEC_PATH=/usr/local/bin/dns\n')
    await get()
    assert.equal(orders[0]?.env?.EXEC_PATH, '/usr/local/bin/dns')
    assert.ok(orders[0]?.env?.PATH)
  })

  it('leaves a server behind a proxy to lego', async () => {
    writeFileSync(path('env'), 'HTTPS_PROXY=http://proxy.example:3128\n')
    await get({ server: 'http://127.0.0.1:1/d' })
    assert.equal(orders.length, 1)
  })

  it('has one account for all domains, in the name of the first', async () => {
    const { email: _, ...without } = tls()
    await certificateFromAcme(host.agent, 'a.example', without, () => Date.now() / 1000)
    assert.equal(readFileSync(path('email'), 'utf8'), 'hostmaster@a.example')
    writeFileSync(path('email'), 'hostmaster@first.example\n')
    await certificateFromAcme(host.agent, 'a.example', without, () => Date.now() / 1000)
    assert.ok(orders[1]?.argv.includes('hostmaster@first.example'))
  })

  it('asks nobody where lego is not installed', async () => {
    host.agent.run = async () => endedWith(127)
    await assert.rejects(get(), {
      kind: 'tool',
      message: /^lego, which asks for certificates, is not installed/,
    })
    assert.equal(asked, 0)
  })

  it('asks lego for nothing while the server does not answer', async () => {
    await assert.rejects(get({ server: 'http://127.0.0.1:1/d' }), { kind: 'unreachable' })
    assert.equal(orders.length, 0)
  })

  it('asks lego for nothing while DNS does not lead here', async () => {
    const asking = certificateFromAcme(
      host.agent,
      'a.invalid',
      tls({ challenge: 'http' }),
      () => Date.now() / 1000,
    )
    await assert.rejects(asking, { kind: 'dns' })
    assert.equal(orders.length, 0)
  })

  it('tells why lego failed', async () => {
    lego = () =>
      endedWith(1, { stderr: 'acme: error: 403 :: urn:ietf:params:acme:error:unauthorized :: no\n' })
    await assert.rejects(get(), { kind: 'challenge', message: 'unauthorized :: no' })
    lego = () => ({ ...endedWith(null, { stdout: 'waiting' }), timedOut: true })
    await assert.rejects(get(), { kind: 'other', message: 'waiting\nlego did not end within 600 s' })
  })

  it('tells that lego left nothing', async () => {
    lego = () => endedWith(0)
    await assert.rejects(get(), { kind: 'other', message: /^lego left no certificate in / })
  })

  it('makes another account where the server has forgotten the first, once', async () => {
    const account = path('lego/accounts', new URL(server.url).host.replace(':', '_'), 'keys')
    mkdirSync(account, { recursive: true })
    const forgotten = endedWith(1, {
      stderr: 'acme: error: 400 :: urn:ietf:params:acme:error:accountDoesNotExist :: who?\n',
    })
    lego = (...given) => (existsSync(account) ? forgotten : succeed(...given))
    assert.deepEqual(await get(), { certificate: 'certificate', key: 'key' })
    assert.equal(orders.length, 2)
    lego = () => forgotten
    await assert.rejects(get(), { kind: 'challenge', message: 'accountDoesNotExist :: who?' })
    assert.equal(orders.length, 4)
  })
})
