import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import type { Config } from '../../src/config/resolved.js'
import { CallFailed } from '../../src/contract/failure.js'
import type { Report } from '../../src/contract/report.js'
import { doctor } from '../../src/engine/doctor.js'
import { versionOf } from '../../src/engine/host-secrets.js'
import { addKey, listKeys, removeKey } from '../../src/engine/keys.js'
import { logs } from '../../src/engine/logs.js'
import { findService, maintenance, remove, stop, withdraw } from '../../src/engine/operate.js'
import { promote } from '../../src/engine/promote.js'
import { releases } from '../../src/engine/releases.js'
import { restart } from '../../src/engine/restart.js'
import { rollback } from '../../src/engine/rollback.js'
import { keepSecret, runningSecrets } from '../../src/engine/secrets.js'
import { status } from '../../src/engine/status.js'
import { service, system } from '../../src/index.js'
import { app, boxReport, manifestOf, serving } from '../plan/samples.js'
import { testEngine } from './engine.js'
import { type FakeHost, fakeHost } from './fake-host.js'

const WEB = { secrets: { URL: {}, TOKEN: { from: 'host' } } } as const

const CONFIG: Config = resolveConfig(
  {
    project: 'me/shop',
    hosts: { a: 'root@a', b: 'root@b' },
    services: { web: service({ package: '.#app', hosts: ['a', 'b'], ...WEB }) },
    systems: { box: system({ flake: '.#nixosConfigurations.box', host: 'a' }) },
  },
  { file: 'slipway.config.ts', root: '/project' },
)

const MANIFEST = manifestOf(app(WEB))
const WHO = /^\S+@\S+$/

/** Hosts `a` and `b`, where release 3 of `web` serves. */
function hosts(own: Partial<Report> = {}, more: Parameters<typeof fakeHost>[0] = {}): [FakeHost, FakeHost] {
  const given = { report: { services: [serving(MANIFEST)], ...own }, ...more }
  return [fakeHost({ ...given, name: 'a' }), fakeHost({ ...given, name: 'b' })]
}

/** What a host was asked for. */
function params(host: FakeHost, verb: string): unknown {
  return host.calls.find((call) => call.verb === verb)?.params
}

/** Of a call that says who makes it: the rest. */
function withoutWho(given: unknown): unknown {
  const { who, ...rest } = given as { who: string }
  assert.match(who, WHO)
  return rest
}

const WAIT = { wait: false, hosts: [] as string[] }

describe('rollback', () => {
  it('goes back to the good release before', async () => {
    const both = hosts()
    const options = { ...WAIT, name: 'web', to: undefined }
    const { outcomes, failures } = await rollback(testEngine(...both), CONFIG, options)
    assert.deepEqual(failures, [])
    assert.deepEqual(
      outcomes.map(({ host, result, release }) => [host, result, release]),
      [
        ['a', 'deployed', 2],
        ['b', 'deployed', 2],
      ],
    )
    const { items, releases, what } = params(both[0], 'apply') as Record<string, unknown>
    assert.deepEqual(items, [
      {
        kind: 'service',
        name: 'web',
        to: 2,
        expected: 3,
        action: 'rollback',
        hooks: false,
        project: 'me/shop',
      },
    ])
    assert.deepEqual([releases, what], [[], 'roll back web to 2'])
  })

  it('goes back to a generation', async () => {
    const [a] = hosts({ systems: [boxReport()] })
    await rollback(testEngine(a), CONFIG, { ...WAIT, name: 'box', to: 5 })
    const { items, what } = params(a, 'apply') as { items: Record<string, unknown>[]; what: string }
    assert.deepEqual([items[0]?.generation, items[0]?.action, items[0]?.mode], [5, 'rollback', 'switch'])
    assert.equal(what, 'roll back box to generation 5')
  })

  it('says why it can not', async () => {
    const both = hosts()
    const options = { wait: false, hosts: ['a'], name: 'web', to: 9 }
    const { failures } = await rollback(testEngine(...both), CONFIG, options)
    assert.deepEqual(
      failures.map(({ host, error }) => [host, error.message]),
      [['a', "web on a can't be rolled back: there is no release 9"]],
    )
  })

  it('needs a name where there are several', async () => {
    await assert.rejects(
      async () => rollback(testEngine(), CONFIG, { ...WAIT, name: undefined, to: undefined }),
      /the config has several services/,
    )
  })
})

describe('restart and promote', () => {
  it('restart what serves', async () => {
    const [a] = hosts()
    await restart(testEngine(a), CONFIG, { service: 'web', hosts: ['a'], wait: false })
    const { items } = params(a, 'apply') as { items: unknown[] }
    assert.deepEqual(items, [
      {
        kind: 'service',
        name: 'web',
        to: 3,
        expected: 3,
        action: 'restart',
        hooks: false,
        project: 'me/shop',
      },
    ])
  })

  it('promote a canary', async () => {
    const canary = { release: 4, percent: 10 }
    const [a] = hosts({ services: [serving(MANIFEST, { canary })] })
    await promote(testEngine(a), CONFIG, { service: 'web', hosts: ['a'], wait: false })
    const { items } = params(a, 'apply') as { items: unknown[] }
    assert.deepEqual(items, [
      {
        kind: 'service',
        name: 'web',
        to: 4,
        expected: 3,
        action: 'promote',
        hooks: false,
        project: 'me/shop',
      },
    ])
  })

  it('say what is not there', async () => {
    const [a] = hosts({ services: [] })
    const options = { service: 'web', hosts: ['a'], wait: false }
    const restarted = await restart(testEngine(a), CONFIG, options)
    assert.equal(restarted.failures[0]?.error.message, 'a has no release of web')
    const promoted = await promote(testEngine(a), CONFIG, options)
    assert.equal(promoted.failures[0]?.error.message, 'web has no canary on a')
  })
})

describe('what is done to a service', () => {
  const answers = {
    withdraw: () => ({ withdrawn: 4 }),
    maintenance: () => ({}),
    stop: () => ({}),
    remove: () => ({ stateKept: true }),
  }
  const options = { service: 'web', hosts: [] }

  it('is done on each of its hosts', async () => {
    const both = hosts({}, { answers })
    const engine = testEngine(...both)
    assert.deepEqual(await withdraw(engine, CONFIG, options), {
      done: [
        { host: 'a', withdrawn: 4 },
        { host: 'b', withdrawn: 4 },
      ],
      failures: [],
    })
    await maintenance(engine, CONFIG, { ...options, on: true })
    await stop(engine, CONFIG, options)
    const removed = await remove(engine, CONFIG, { ...options, purge: false })
    assert.deepEqual(removed.done[0], { host: 'a', stateKept: true })
    const [a] = both
    assert.deepEqual(withoutWho(params(a, 'withdraw')), { service: 'web' })
    assert.deepEqual(params(a, 'maintenance'), { service: 'web', on: true })
    assert.deepEqual(withoutWho(params(a, 'stop')), { service: 'web' })
    assert.deepEqual(withoutWho(params(a, 'remove')), { service: 'web', purge: false })
    assert.equal(a.open(), 0)
  })

  it('tells of the hosts where it could not be done', async () => {
    const refuse = () => {
      throw new CallFailed({ kind: 'locked', holder: null })
    }
    const [a] = hosts({}, { answers: { ...answers, stop: refuse } })
    const [, b] = hosts({}, { answers })
    const { done, failures } = await stop(testEngine(a, b), CONFIG, options)
    assert.deepEqual(done, [{ host: 'b' }])
    assert.deepEqual(
      failures.map(({ host, error }) => [host, error.message]),
      [['a', 'a is being worked on']],
    )
  })
})

describe('status', () => {
  it('has a row for each service and system, and tells who works where', async () => {
    const holder = { id: 'x', who: 'bob@desk', what: 'deploy api', since: 1 }
    const both = hosts({ systems: [boxReport()], lock: holder })
    both[1].reachable = false
    const found = await status(testEngine(...both), CONFIG, [])
    assert.deepEqual(
      found.rows.map(({ host, service, release, state }) => [host, service, release, state]),
      [
        ['a', 'box', 7, 'active'],
        ['a', 'web', 3, 'running'],
      ],
    )
    assert.deepEqual(found.locks, [{ host: 'a', holder }])
    assert.deepEqual(
      found.failures.map(({ host }) => host),
      ['b'],
    )
    const { probe, systems } = params(both[0], 'report') as { probe: boolean; systems: { name: string }[] }
    assert.deepEqual([probe, systems.map(({ name }) => name)], [true, ['box']])
  })
})

describe('a service that is to be removed', () => {
  const options = { service: 'web', hosts: [] as string[] }

  it('is looked for first, and told with whose it is', async () => {
    const both = hosts()
    const { found, failures } = await findService(testEngine(...both), CONFIG, options)
    assert.deepEqual(failures, [])
    assert.deepEqual(found, [
      { host: 'a', service: 'web', project: 'me/shop', by: 'ann@laptop', urls: [] },
      { host: 'b', service: 'web', project: 'me/shop', by: 'ann@laptop', urls: [] },
    ])
    const left = hosts({ services: [serving(null, { current: null })] })
    assert.deepEqual((await findService(testEngine(...left), CONFIG, { ...options, hosts: ['a'] })).found, [
      { host: 'a', service: 'web', project: null, by: null, urls: [] },
    ])
  })

  it('is named where there is one with nearly that name', async () => {
    await assert.rejects(findService(testEngine(...hosts()), CONFIG, { ...options, service: 'wbe' }), {
      message: /no host has a service "wbe"/,
      parts: {
        ...{ what: 'no host has a service "wbe"', code: 2 },
        still: 'Nothing was removed.',
        next: 'Did you mean "web"?',
      },
    })
  })
})

describe('releases', () => {
  it('are those of services with who made them, and generations', async () => {
    const entry = { at: '2026-01-02T03:04:05Z', action: 'deploy', release: 3, from: 2, commit: null }
    const history = () => ({
      entries: [{ ...entry, by: 'ann@laptop', seconds: 4.2, result: 'good' as const }],
    })
    const [a] = hosts({ systems: [boxReport()] }, { answers: { history } })
    const { rows } = await releases(testEngine(a), CONFIG, { name: undefined, hosts: ['a'] })
    assert.deepEqual(
      rows.map(({ service, release, current }) => [service, release, current]),
      [
        ['box', 5, false],
        ['box', 6, false],
        ['box', 7, true],
        ['web', 1, false],
        ['web', 2, false],
        ['web', 3, true],
      ],
    )
    assert.deepEqual(
      rows.slice(-2).map(({ at, by, seconds }) => [at, by, seconds]),
      [
        [null, null, null],
        ['2026-01-02T03:04:05Z', 'ann@laptop', 4.2],
      ],
    )
  })
})

describe('logs', () => {
  const options = { service: 'web', hosts: [] as string[], follow: false, since: undefined, lines: 100 }

  async function read(chunks: () => AsyncIterable<Buffer>, names: string[]) {
    const both = hosts({}, { answers: { logs: () => ({ stream: 2 }) } })
    for (const host of both) {
      const { login } = host
      host.login = async (kind) => {
        const real = await login(kind)
        return { ...real, agent: { ...real.agent, download: chunks } }
      }
    }
    const lines: string[] = []
    const { failures } = await logs(testEngine(...both), CONFIG, { ...options, hosts: names }, (line, host) =>
      lines.push(`${host ?? '-'} ${line}`),
    )
    return { lines: lines.sort(), failures, asked: params(both[0], 'logs') }
  }

  it('come line by line, whatever the pieces', async () => {
    const { lines, asked } = await read(
      async function* () {
        yield Buffer.from('one\ntw')
        yield Buffer.from([0x6f, 0x20, 0xc3])
        yield Buffer.from([0xa9, 0x0a])
        yield Buffer.from('end')
      },
      ['a'],
    )
    assert.deepEqual(lines, ['- end', '- one', '- two é'])
    assert.deepEqual(asked, { service: 'web', follow: false, lines: 100, since: null })
  })

  it('come with their host where there are several', async () => {
    const { lines } = await read(async function* () {
      yield Buffer.from('one\n')
    }, [])
    assert.deepEqual(lines, ['a one', 'b one'])
  })

  it('end with an error where the connection is lost', async () => {
    const { lines, failures } = await read(
      async function* () {
        yield Buffer.from('one\n')
        throw new Error('the connection has ended')
      },
      ['a'],
    )
    assert.deepEqual(lines, ['- one'])
    assert.equal(failures[0]?.error.message, 'the connection to a was lost')
  })
})

describe('keys', () => {
  const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann'
  const added = { fingerprint: 'SHA256:x', user: 'slipway', changed: true, notes: [] }

  it('are added with what they may serve', async () => {
    const [a] = hosts({}, { answers: { addKey: () => added } })
    const given = {
      ...{ services: ['web'], observe: false, name: undefined },
      routes: ['shop.example.com/x'],
      key: { text: KEY, file: '/tmp/ci.pub' },
      takeOver: false,
    }
    assert.deepEqual(await addKey(testEngine(a), CONFIG, 'a', given), {
      ...{ name: 'ci', observe: false, ...added },
      services: [{ service: 'web', routes: ['shop.example.com/x/'] }],
    })
    assert.deepEqual(params(a, 'addKey'), {
      ...{ name: 'ci', key: KEY.split(' ').slice(0, 2).join(' '), observe: false },
      services: [{ service: 'web', routes: [{ domain: 'shop.example.com', path: '/x/' }] }],
      ...{ project: 'me/shop', takeOver: false },
    })
  })

  it('are granted several services, each with its own URLs', async () => {
    const [a] = hosts({}, { answers: { addKey: () => added } })
    const given = {
      ...{ services: ['web', 'api'], observe: true, name: 'server', takeOver: false },
      routes: ['api=api.example.com', 'web=https://shop.example.com/x'],
      key: { text: KEY, file: '/tmp/ci.pub' },
    }
    await addKey(testEngine(a), CONFIG, 'a', given)
    const sent = params(a, 'addKey') as { services: object[]; observe: boolean }
    assert.deepEqual(sent.services, [
      { service: 'web', routes: [{ domain: 'shop.example.com', path: '/x/' }] },
      { service: 'api', routes: [{ domain: 'api.example.com', path: '/' }] },
    ])
    assert.equal(sent.observe, true)
    const unclear = addKey(testEngine(a), CONFIG, 'a', { ...given, routes: ['api.example.com'] })
    await assert.rejects(unclear, /it is not clear which service may serve api\.example\.com/)
    const foreign = addKey(testEngine(a), CONFIG, 'a', { ...given, routes: ['blog=api.example.com'] })
    await assert.rejects(foreign, /it is not clear which service may serve/)
    const none = addKey(testEngine(a), CONFIG, 'a', { ...given, services: [], observe: false })
    await assert.rejects(none, /without any right/)
  })

  it('are listed and removed', async () => {
    const answers = { listKeys: () => ({ user: null, keys: [] }), removeKey: () => ({ notes: [] }) }
    const [a] = hosts({}, { answers })
    const engine = testEngine(a)
    assert.deepEqual(await listKeys(engine, CONFIG, 'a'), { user: null, keys: [] })
    await removeKey(engine, CONFIG, 'a', { service: 'web', name: 'ci' })
    assert.deepEqual(params(a, 'removeKey'), { service: 'web', name: 'ci' })
  })
})

describe('secrets', () => {
  const key = '0123456789abcdef'.repeat(4)
  const version = versionOf(key, 'TOKEN', 'x')
  const there = (kept: Record<string, string>) => ({
    secrets: [{ service: 'web', key, versions: { TOKEN: [`${version}.cred`] }, kept }],
  })

  for (const [change, kept] of [
    ['set', {}],
    ['changed', { TOKEN: 'ab' }],
    ['none', { TOKEN: `${version}.cred` }],
  ] as const) {
    it(`of hosts alone are kept: ${change}`, async () => {
      const [a] = hosts(there(kept), { answers: { keepSecret: () => ({}) } })
      const options = { service: 'web', name: 'TOKEN', value: 'x', hosts: ['a'] }
      const { done } = await keepSecret(testEngine(a), CONFIG, options)
      assert.deepEqual(done, [{ host: 'a', change }])
      assert.deepEqual(withoutWho(params(a, 'keepSecret')), {
        ...{ service: 'web', name: 'TOKEN', version: `${version}.cred`, key, value: 'eA==' },
      })
    })
  }

  it('that services run with are compared with the file by their versions', async () => {
    const running = { ...MANIFEST, secrets: { URL: versionOf(key, 'URL', 'old') } }
    const [a] = hosts({ ...there({}), services: [serving(running)] })
    const { secrets } = await runningSecrets(testEngine(a), CONFIG, ['a'], {
      ...{ recipients: {}, values: { URL: 'new' }, former: {} },
    })
    assert.deepEqual(
      secrets.map(({ name, state }) => [name, state]),
      [
        ['TOKEN', { is: 'missing' }],
        ['URL', { is: 'running', release: 3, same: false }],
      ],
    )
  })
})

describe('doctor', () => {
  it('says what is wrong with a host that can’t be reached', async () => {
    const both = hosts()
    both[0].reachable = false
    const found = await doctor(testEngine(...both), CONFIG, ['a'], {})
    const [only] = found
    assert.equal(only?.host, 'a')
    assert.ok(only.findings.some(({ ok }) => !ok))
  })
})
