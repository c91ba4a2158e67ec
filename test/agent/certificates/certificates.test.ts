import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Certificates, createCertificates } from '../../../src/agent/certificates/certificates.js'
import { runProgram } from '../../../src/agent/run.js'
import { type CertificateReport, certificateReportSchema } from '../../../src/contract/report.js'
import type { Tls } from '../../../src/contract/service.js'
import type { NginxPart } from '../../../src/release/nginx-part.js'
import { nginxSystemd } from '../nginx/samples.js'
import { type TestAgent, testAgent } from '../test-agent.js'
import { opensslFolder, WITHOUT_OPENSSL } from './openssl.js'

const LOCAL: Tls = { from: 'local', hstsSeconds: 0 }
/** Nobody listens there. */
const SERVER = 'http://127.0.0.1:1/d'
const ACME: Tls = { from: 'acme', hstsSeconds: 0, server: SERVER, challenge: 'http' }
const MINUTE_MS = 60_000

describe('createCertificates', { skip: WITHOUT_OPENSSL }, () => {
  let host: TestAgent
  let certificates: Certificates
  let domains: Record<string, Tls | null>
  /** How often nginx was to read everything again, and how often to see whether it must. */
  let published: number
  let looked: number
  let timers: number
  let holder: string | undefined
  let publishing: () => Promise<void>

  beforeEach(() => {
    domains = {}
    published = 0
    looked = 0
    timers = 0
    holder = undefined
    publishing = async () => undefined
    host = testAgent({
      systemd: nginxSystemd({}),
      // lego is there, whatever this machine has.
      run: (argv, options) =>
        argv[0] === 'lego' && argv[1] === '--version'
          ? Promise.resolve({ code: 0, stdout: '', stderr: '', timedOut: false })
          : runProgram(argv, options),
    })
    const part = (): NginxPart => ({
      files: {},
      domains: Object.fromEntries(
        Object.entries(domains).map(([domain, tls]) => [domain, { tls, path: '/', redirectTo: null }]),
      ),
    })
    const publish = async ({ reload = false } = {}) => {
      looked += 1
      if (!reload) return
      published += 1
      await publishing()
    }
    const nginx = {
      currentParts: async () => new Map([['web', part()]]),
      publish,
      markUnread: async () => undefined,
    }
    certificates = createCertificates(host.agent, nginx, {
      serving: { ...nginx, servesTls: async () => true, portHolder: async () => holder },
      ensureTimer: async () => {
        timers += 1
      },
    })
  })
  afterEach(() => host.remove())

  const at = (...path: string[]) => join(host.agent.places.certificates, ...path)
  const list = async (): Promise<CertificateReport[]> =>
    (await certificates.certificates({ mode: 'list', ms: 0, domains: [] })).certificates
  const one = async (): Promise<CertificateReport> => {
    const [found] = await list()
    assert.ok(found)
    return certificateReportSchema.parse(found)
  }
  const get = (mode: 'due' | 'asked' | 'force', wanted: string[] = []) =>
    certificates.certificates({ mode, ms: MINUTE_MS, domains: wanted })

  it('tells of each domain that nginx ends TLS for, in order', async () => {
    domains = { 'b.example': LOCAL, 'a.example': ACME, 'plain.example': null }
    const nothing = {
      issuer: null,
      notBefore: null,
      notAfter: null,
      matches: false,
      revoked: false,
      problem: null,
      kind: null,
      failures: 0,
      next: null,
    }
    assert.deepEqual(await list(), [
      { domain: 'a.example', from: 'acme', server: SERVER, ...nothing },
      { domain: 'b.example', from: 'local', server: null, ...nothing },
    ])
    assert.equal(timers, 0)
  })

  it('gets what is missing, once, and tells of it', async () => {
    domains = { 'a.example': LOCAL }
    const [found] = (await get('due')).certificates
    assert.ok(found)
    assert.equal(found.matches, true)
    assert.match(found.issuer ?? '', /^slipway on /)
    assert.ok((found.notAfter ?? 0) > Date.now() / 1000)
    assert.deepEqual([published, timers], [1, 1])
    assert.match(
      host.logged.join(),
      /^certificate for a\.example, from slipway on \S+, expires \d{4}-\d\d-\d\d$/,
    )
    await get('due')
    await certificates.run()
    assert.equal(published, 1)
    assert.deepEqual(await one(), found)
  })

  it('keeps what it has for root alone, but for the answers to challenges', async () => {
    domains = { 'a.example': LOCAL }
    await certificates.run()
    const mode = (path: string) => (statSync(at(path)).mode & 0o777).toString(8)
    assert.deepEqual(
      ['.', 'domains', 'webroot', 'webroot/.well-known', 'webroot/.well-known/acme-challenge'].map(mode),
      ['755', '700', '755', '755', '755'],
    )
  })

  it('gets another where somebody insists, and not where they only ask', async () => {
    domains = { 'a.example': LOCAL, 'b.example': LOCAL }
    await certificates.run()
    const serial = (domain: string) => readFileSync(at('domains', domain, 'current/fullchain.pem'), 'utf8')
    const before = [serial('a.example'), serial('b.example')]
    await get('asked')
    assert.deepEqual([serial('a.example'), serial('b.example')], before)
    await get('force', ['b.example'])
    assert.equal(serial('a.example'), before[0])
    assert.notEqual(serial('b.example'), before[1])
  })

  it('knows no domain that no route leads to', async () => {
    domains = { 'a.example': LOCAL, 'plain.example': null }
    for (const stranger of ['b.example', 'plain.example']) {
      await assert.rejects(get('asked', ['a.example', stranger]), {
        message: `no https route of this host leads to ${stranger}`,
      })
    }
    assert.equal(published, 0)
  })

  it('asks for nothing while port 443 is somebody else’s, and says whose', async () => {
    domains = { 'a.example': LOCAL }
    holder = 'perl (process 12)'
    await certificates.run()
    const { problem, kind, failures, next } = await one()
    assert.deepEqual(
      { problem, kind, failures, next },
      { problem: 'port 443 is taken by perl (process 12)', kind: 'tool', failures: 1, next: null },
    )
    assert.match(host.logged.join(), /no certificate for a\.example: port 443 is taken/)
    holder = undefined
    await certificates.run()
    assert.equal((await one()).problem, null)
  })

  it('asks a server that does not answer no more in a round, and not before a pause is over', async () => {
    domains = { 'a.example': ACME, 'b.example': ACME }
    await certificates.run()
    const [a, b] = await list()
    assert.deepEqual([a?.kind, a?.failures], ['unreachable', 1])
    assert.ok((a?.next ?? 0) > Date.now() / 1000 + 3_000)
    assert.deepEqual([b?.kind, b?.failures, b?.next], ['unreachable', 0, null])
    assert.equal(b?.problem, a?.problem)
    await certificates.run()
    assert.deepEqual([(await list())[0]?.failures, (await list())[1]?.failures], [1, 1])
    await get('asked', ['a.example'])
    assert.deepEqual([(await list())[0]?.failures, (await list())[1]?.failures], [2, 1])
  })

  it('keeps the one before where the next is no good, and says why', async () => {
    const folder = opensslFolder()
    try {
      domains = { 'a.example': LOCAL }
      await certificates.run()
      const before = await one()
      const { certificate, key } = folder.selfSigned('a', '-addext', 'subjectAltName=DNS:b.example')
      folder.write('cert', certificate)
      folder.write('key', key)
      const files = { certificate: join(folder.path, 'cert'), key: join(folder.path, 'key') }
      domains = { 'a.example': { from: 'files', hstsSeconds: 0, ...files } }
      await certificates.run()
      const { notAfter, matches, problem, kind, next, from } = await one()
      assert.deepEqual(
        { notAfter, matches, problem, kind, next, from },
        {
          notAfter: before.notAfter,
          matches: false,
          problem: 'the certificate is not for a.example',
          kind: 'file',
          next: null,
          from: 'files',
        },
      )
      domains = { 'a.example': LOCAL }
      await certificates.run()
      assert.deepEqual(await one(), before)
    } finally {
      folder.remove()
    }
  })

  it('sees to the others where one can not be seen to, and tells so', async () => {
    domains = { 'a.example': LOCAL, 'b.example': LOCAL }
    mkdirSync(at('domains/a.example'), { recursive: true })
    writeFileSync(at('domains/a.example/failure.json'), '{"version":2}')
    await certificates.run()
    const [a, b] = await list()
    assert.match(a?.problem ?? '', /failure\.json can not be understood/)
    assert.equal(b?.matches, true)
    assert.match(host.logged.join(), /the certificate for a\.example could not be seen to: .*failure\.json/)
    assert.equal(readFileSync(at('domains/a.example/failure.json'), 'utf8'), '{"version":2}')
  })

  it('waits for a round no longer than it may', async () => {
    domains = { 'a.example': LOCAL }
    let end: () => void = () => undefined
    const begun = new Promise<void>((resolve) => {
      publishing = () => {
        resolve()
        return new Promise((done) => {
          end = done
        })
      }
    })
    const round = certificates.run()
    await begun
    const asked = await certificates.certificates({ mode: 'due', ms: 10, domains: [] })
    assert.equal(asked.certificates[0]?.problem, null)
    end()
    await round
    await certificates.run()
    assert.equal((await one()).matches, true)
  })

  it('begins a round after an activation, without anybody waiting, and never fails it', async () => {
    await certificates.begin()
    assert.equal(timers, 0)
    domains = { 'a.example': LOCAL }
    await certificates.begin()
    assert.equal(timers, 1)
    await certificates.run()
    assert.equal((await one()).matches, true)
    const failing = createCertificates(
      host.agent,
      {
        currentParts: () => Promise.reject(new Error('no')),
        publish: async () => undefined,
        markUnread: async () => undefined,
      },
      {},
    )
    await failing.begin()
    assert.match(host.logged.join(), /certificates were not seen to: Error: no/)
  })

  it('has nginx read what the shell program of 0.1 left unread', async () => {
    mkdirSync(at(), { recursive: true })
    writeFileSync(at('unread'), '')
    mkdirSync(at('.new.abc123'))
    await certificates.run()
    assert.equal(published, 1)
    assert.ok(!existsSync(at('unread')))
    assert.ok(!existsSync(at('.new.abc123')))
  })

  it('has nginx read what a crash left unread, and goes on where it can not', async () => {
    domains = { 'a.example': LOCAL }
    await certificates.run()
    assert.equal(looked, 2)
    await certificates.run()
    assert.equal(looked, 3)
    writeFileSync(at('unread'), '')
    publishing = () => Promise.reject(new Error('nginx is down'))
    await certificates.run()
    assert.match(host.logged.join(), /nginx was not told what it may not have read: Error: nginx is down/)
    assert.ok(existsSync(at('unread')))
  })

  it('prints the certificate of the host’s own authority, once there is one', async () => {
    assert.deepEqual(await certificates.certificateAuthority(), { pem: '' })
    domains = { 'a.example': LOCAL }
    await certificates.run()
    assert.match((await certificates.certificateAuthority()).pem, /^-----BEGIN CERTIFICATE-----/)
  })
})
