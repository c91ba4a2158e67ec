import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CallFailed, failed } from '../../src/contract/failure.js'
import { type ApplyOptions, applyPlans } from '../../src/engine/apply-plans.js'
import { ANOTHER_FAILED } from '../../src/engine/ballot.js'
import type { AllPrepared } from '../../src/engine/prepare.js'
import { planAgain, type Session } from '../../src/engine/session.js'
import { ALL_SHIPPED } from '../../src/engine/ship.js'
import { SlipwayError } from '../../src/errors.js'
import type { Service } from '../../src/index.js'
import type { SecretValues } from '../../src/secrets/resolve.js'
import { app, built, manifestOf, PROJECT, report, serving } from '../plan/samples.js'
import { GUARD } from './activation/samples.js'
import { testEngine } from './engine.js'
import { begin, type FakeHost, fakeHost, goWell, type Played, revert } from './fake-host.js'

const OPTIONS: ApplyOptions = {
  ...{ wait: false, guard: GUARD, mode: 'switch', secrets: {}, allOrNothing: false, parallel: 4 },
  ...{ project: PROJECT, takeOver: false },
}

/** A host that is logged in to, where `web` is to change; packages are there already. */
async function sessionOf(
  host: FakeHost,
  fields: Partial<Service> = { env: { A: '1' } },
  secrets: SecretValues = {},
): Promise<Session> {
  const old = report({ services: [serving(manifestOf(app()))] })
  const item = built(app(fields))
  const prepared: AllPrepared = { services: [{ built: item, derivation: null, assets: null }], systems: [] }
  const plan = planAgain(host.config, prepared, old, { ...OPTIONS, secrets })
  const login = await host.login('main')
  return {
    ...{ host: host.config, login, spare: undefined, report: old, prepared, plan, urls: undefined },
    shipped: ALL_SHIPPED,
  }
}

async function applied(hosts: FakeHost[], options: Partial<ApplyOptions> = {}, fields?: Partial<Service>) {
  const engine = testEngine(...hosts)
  const sessions = await Promise.all(hosts.map((host) => sessionOf(host, fields, options.secrets)))
  const { outcomes, failures } = await applyPlans(engine, sessions, { ...OPTIONS, ...options })
  for (const { login } of sessions) login.close()
  for (const host of hosts) assert.equal(host.open(), 0, 'a login stayed open')
  return {
    engine,
    outcomes,
    results: outcomes.map(({ host, result, reason }) => [host, result, reason]),
    failures: failures.map(({ host, error }) => [host, error.message]),
    lines: engine.lines(),
  }
}

/** Is not healthy. */
async function goBadly(played: Played): Promise<void> {
  await begin(played)
  await revert(played, 'GET / answered 500')
}

/** What a host was asked first. */
function firstCall<T>(host: FakeHost): T {
  const [call] = host.calls
  assert.ok(call)
  return call.params as T
}

const hostOf = (name: string, play = goWell) => fakeHost({ name, play })

describe('applyPlans', () => {
  it('activates what changed', async () => {
    const host = hostOf('nixie')
    const { results } = await applied([host])
    assert.deepEqual(results, [['nixie', 'deployed', null]])
    const { items, releases, what } = firstCall<Record<string, unknown[]>>(host)
    assert.deepEqual(items, [
      {
        ...{ kind: 'service', name: 'web', to: 4, expected: 3, action: 'deploy', hooks: true },
        ...{ project: 'me/shop', takeOver: false },
      },
    ])
    assert.deepEqual([releases?.length, what], [1, 'deploy web'])
  })

  it('asks a host for nothing where nothing changed', async () => {
    const host = hostOf('nixie')
    const { results } = await applied([host], {}, {})
    assert.deepEqual([results, host.verbs()], [[['nixie', 'unchanged', null]], []])
  })

  it('leaves a host alone that is not ready, and says why', async () => {
    const [good, bad] = [hostOf('a'), hostOf('b')]
    const engine = testEngine(good, bad)
    const sessions = await Promise.all([sessionOf(good), sessionOf(bad)])
    const problem = { problem: 'Nix is not installed', fix: 'slipway setup b' }
    const [, second] = sessions
    assert.ok(second)
    second.plan = { ...second.plan, problems: [problem] }
    const { outcomes, failures } = await applyPlans(engine, sessions, OPTIONS)
    assert.deepEqual(
      outcomes.map(({ host, result }) => [host, result]),
      [['a', 'deployed']],
    )
    const [failure] = failures
    assert.ok(failure?.error instanceof SlipwayError)
    assert.deepEqual(failure.error.parts, {
      what: 'b is not ready: Nix is not installed',
      why: '',
      still: 'Nothing was changed there.',
      next: 'slipway setup b',
    })
    assert.deepEqual(bad.verbs(), [])
  })

  it('lets a host that fails stop no other', async () => {
    const { results } = await applied([hostOf('a', goBadly), hostOf('b')])
    assert.deepEqual(results, [
      ['a', 'failed', 'GET / answered 500'],
      ['b', 'deployed', null],
    ])
  })

  it('plans again where it had to wait for somebody else', async () => {
    const holder = { id: 'x', who: 'bob@desk', what: 'deploy web', since: 1_700_000_000 }
    let locked = true
    // Bob's release 4 is what was to be deployed.
    const services = [serving(manifestOf(app({ env: { A: '1' } })), { current: 4 })]
    const host = fakeHost({
      report: { services },
      before: ({ verb }) => {
        if (verb !== 'apply' || !locked) return
        locked = false
        throw new CallFailed({ kind: 'locked', holder })
      },
    })
    const { results, lines } = await applied([host], { wait: true })
    assert.deepEqual(results, [['nixie', 'unchanged', null]])
    assert.deepEqual(lines, [
      'waiting: nixie is being worked on: bob@desk holds its lock since 22:13:20 UTC: deploy web',
    ])
    assert.deepEqual(host.verbs(), ['main-1 apply', 'main-1 report'])
  })

  it('gives new releases a share of the requests', async () => {
    const host = hostOf('nixie')
    await applied([host], { canary: 10 })
    const { items } = firstCall<{ items: { action: string; percent: number }[] }>(host)
    assert.deepEqual([items[0]?.action, items[0]?.percent], ['canary', 10])
  })

  it('sends the secrets that a host lacks', async () => {
    const host = hostOf('nixie')
    const done = await applied([host], { secrets: { web: { URL: 'x' } } }, { secrets: ['URL'] })
    assert.deepEqual(done.failures, [])
    const { secrets, secretKeys } = firstCall<Record<string, { service: string }[]>>(host)
    assert.equal(secrets?.length, 1)
    assert.deepEqual(
      secretKeys?.map(({ service }) => service),
      ['web'],
    )
  })

  describe('with hooks', () => {
    const HOOKED = { env: { A: '1' }, before: 'app migrate' }

    it('has one host run them, and the others follow', async () => {
      const order: string[] = []
      const play = (name: string) => async (played: Played) => {
        const [item] = played.request.items
        assert.ok(item?.kind === 'service')
        order.push(`${name} ${item.hooks ? 'leads' : 'follows'}`)
        await sleep(20)
        if (item.hooks) order.push(`${name} hooked`)
        if (item.hooks) await played.tell('web', 'hooked')
        await goWell(played)
      }
      const { results } = await applied([hostOf('a', play('a')), hostOf('b', play('b'))], {}, HOOKED)
      assert.deepEqual(order, ['a leads', 'a hooked', 'b follows'])
      assert.equal(results.length, 2)
    })

    it('begins with no other where they fail', async () => {
      const [a, b] = [hostOf('a', goBadly), hostOf('b')]
      const { failures } = await applied([a, b], {}, HOOKED)
      assert.deepEqual(failures, [
        ['b', 'b was not begun with: the before hook of web did not run well on another host'],
      ])
      assert.deepEqual(b.verbs(), [])
    })
  })

  describe('all or nothing', () => {
    const ALL = { allOrNothing: true }

    it('confirms all when all are good, and lets their records go', async () => {
      const hosts = [hostOf('a'), hostOf('b')]
      const { results } = await applied(hosts, ALL)
      assert.deepEqual(results, [
        ['a', 'deployed', null],
        ['b', 'deployed', null],
      ])
      for (const host of hosts) {
        const { guard } = firstCall<{ guard: { policy: string; holdMs: number } }>(host)
        assert.deepEqual([guard.policy, guard.holdMs], ['all', GUARD.activateMs])
        assert.equal(host.verbs().at(-1), 'main-1 acknowledge')
      }
    })

    it('confirms none where one fails', async () => {
      const [a, b] = [hostOf('a', goBadly), hostOf('b')]
      const { results, lines } = await applied([a, b], ALL)
      assert.deepEqual(results, [
        ['a', 'failed', 'GET / answered 500'],
        ['b', 'failed', ANOTHER_FAILED],
      ])
      assert.ok(lines.includes(`b: not confirmed: ${ANOTHER_FAILED}`))
      assert.ok(!b.verbs().includes('fresh-1 confirm'))
      assert.deepEqual(
        [a, b].map((host) => host.verbs().at(-1)),
        ['main-1 acknowledge', 'main-1 acknowledge'],
      )
    })

    it('begins with none before all have what they need', async () => {
      const [a, b] = [hostOf('a'), hostOf('b')]
      const engine = testEngine(a, b)
      const sessions = await Promise.all([sessionOf(a), sessionOf(b)])
      const [, second] = sessions
      assert.ok(second)
      second.plan = { ...second.plan, problems: [{ problem: 'the disk is full', fix: '' }] }
      const { failures } = await applyPlans(engine, sessions, { ...OPTIONS, ...ALL })
      assert.deepEqual(
        failures.map(({ error }) => error.message),
        [`a was not begun with: ${ANOTHER_FAILED}`, 'b is not ready: the disk is full'],
      )
      assert.deepEqual([a.verbs(), b.verbs()], [[], []])
    })

    /** Is confirmed, and then turns bad while it is watched. */
    async function turnBad(played: Played): Promise<void> {
      await begin(played)
      assert.equal(await played.wait(), 'confirmed')
      await played.tell('web', 'confirmed')
      await revert(played, 'it turned unhealthy after it was confirmed')
    }

    it('takes back what was confirmed where another goes bad after that', async () => {
      const [a, b] = [hostOf('a'), hostOf('b', turnBad)]
      const { results, lines, outcomes } = await applied([a, b], ALL)
      assert.deepEqual(results, [
        ['a', 'failed', ANOTHER_FAILED],
        ['b', 'failed', 'it turned unhealthy after it was confirmed'],
      ])
      assert.equal(outcomes[0]?.serving, 3)
      assert.ok(lines.includes('a: web: release 3 serves again'))
      assert.ok(!lines.includes(`a: web: failed: ${ANOTHER_FAILED}`))
      assert.deepEqual(a.verbs().slice(-3), ['main-1 undo', 'main-1 follow', 'main-1 acknowledge'])
      assert.equal(b.verbs().at(-1), 'main-1 acknowledge')
    })

    it('takes it back over a new login where the old one was lost', async () => {
      const a = fakeHost({
        name: 'a',
        before: async ({ verb, over }) => {
          if (verb !== 'undo' || over !== 'main-1') return
          a.lose()
          await new Promise(() => undefined)
        },
      })
      const { results } = await applied([a, hostOf('b', turnBad)], ALL)
      assert.deepEqual(results[0], ['a', 'failed', ANOTHER_FAILED])
      assert.ok(a.verbs().includes('main-2 undo'))
    })

    it('says what was not put back, and why', async () => {
      const a = fakeHost({
        name: 'a',
        before: ({ verb }) => {
          if (verb === 'undo') throw failed('the disk is on fire')
        },
      })
      const { outcomes } = await applied([a, hostOf('b', turnBad)], ALL)
      const { result, serving, reason, left } = outcomes[0] ?? assert.fail()
      assert.deepEqual(
        [result, serving, reason, left],
        ['failed', null, ANOTHER_FAILED, 'a: the disk is on fire'],
      )
    })
  })

  it('stops where it is to, before anything is changed', async () => {
    const host = hostOf('nixie')
    const engine = testEngine(host)
    const session = await sessionOf(host)
    engine.stop()
    const { failures } = await applyPlans(engine, [session], OPTIONS)
    assert.deepEqual(
      failures.map(({ error }) => error.message),
      ['stopped on request'],
    )
    assert.deepEqual(host.verbs(), [])
  })
})
