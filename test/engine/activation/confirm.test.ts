import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed } from '../../../src/contract/failure.js'
import { activate } from '../../../src/engine/activation/activate.js'
import type { Activation } from '../../../src/engine/activation/activation.js'
import { ANOTHER_FAILED } from '../../../src/engine/ballot.js'
import type { UrlCheck } from '../../../src/engine/public-urls.js'
import { openSpareLogin } from '../../../src/engine/spare-login.js'
import { SlipwayError } from '../../../src/errors.js'
import { testEngine } from '../engine.js'
import { begin, type FakeHost, type FakeHostOptions, fakeHost, goWell, revert } from '../fake-host.js'
import { activationOf, systemActivation } from './samples.js'

/** A host that notes how far it was when the login that confirms came. */
function watchedHost(options: FakeHostOptions = {}) {
  const came: string[] = []
  let last = 'nothing'
  const host = fakeHost({
    ...options,
    play: async (played) => {
      const tell: typeof played.tell = async (item, step, detail) => {
        last = step
        await played.tell(item, step, detail)
        // Time for a login to come about.
        await sleep(10)
      }
      await begin({ ...played, tell })
      last = 'waiting'
      const end = await played.wait()
      if (end !== 'confirmed') return revert(played, 'aborted' in end ? end.aborted : '')
      for (const { name, to } of played.request.items) await played.tell(name, 'done', String(to))
    },
  })
  const { login } = host
  host.login = async (kind) => {
    if (kind === 'fresh') came.push(last)
    return login(kind)
  }
  return { host, came }
}

async function run(host: FakeHost, activation: Activation) {
  const engine = testEngine(host)
  const login = await host.login('main')
  const { outcomes } = await activate(engine, { host: host.config, login }, activation)
  login.close()
  assert.equal(host.open(), 0, 'a login stayed open')
  const result = outcomes.map(({ result, reason }) => [result, reason])
  return { lines: engine.lines(), result }
}

const DEPLOYED = [['deployed', null]]
const urlsThat = (problem: UrlCheck['problem']): UrlCheck => ({ problem, abandon: () => undefined })

describe('the login that confirms', () => {
  const cases: { name: string; activation: Activation; at: string; prepare?(host: FakeHost): void }[] = [
    {
      name: 'is made at once where only services in their sandbox change',
      activation: activationOf(),
      at: 'nothing',
    },
    {
      name: 'is made when all has been started, where only ssh finds the way',
      activation: activationOf(),
      at: 'checking',
      prepare: (host) => {
        host.behindProxy = true
      },
    },
    { name: 'is made when all is active, for a system', activation: systemActivation(), at: 'waiting' },
    {
      name: 'is made when all is active, for what runs as root',
      activation: activationOf({}, { unit: { User: 'root' } }),
      at: 'waiting',
    },
    {
      name: 'is made when all is active, for a release that has rights by what its host says',
      activation: activationOf({
        items: activationOf().items.map((item) => ({ ...item, unprivileged: false })),
        releases: [],
      }),
      at: 'waiting',
    },
  ]
  for (const { name, activation, at, prepare } of cases) {
    it(name, async () => {
      const { host, came } = watchedHost()
      prepare?.(host)
      const { result } = await run(host, activation)
      assert.deepEqual(result, DEPLOYED)
      assert.deepEqual(came, [at])
    })
  }

  it('may have been made ahead, and then sshd must answer anew', async () => {
    const { host, came } = watchedHost()
    const engine = testEngine(host)
    const [login, spare] = [await host.login('main'), openSpareLogin(engine, host.config)]
    const activated = await activate(engine, { host: host.config, login, spare }, activationOf())
    login.close()
    assert.deepEqual(
      activated.outcomes.map(({ result }) => result),
      ['deployed'],
    )
    assert.deepEqual([came, spare.take()], [['nothing'], undefined])
    assert.equal(host.open(), 0, 'a login stayed open')
  })

  it('that was made ahead does not count where sshd does not answer any more', async () => {
    const { host, came } = watchedHost()
    host.banner = false
    const engine = testEngine(host)
    const [login, spare] = [await host.login('main'), openSpareLogin(engine, host.config)]
    await activate(engine, { host: host.config, login, spare }, activationOf())
    login.close()
    // Another login was made instead, after all had been started.
    assert.equal(came.length, 2)
    assert.notEqual(came[1], 'nothing')
    assert.equal(host.open(), 0, 'a login stayed open')
  })

  it('that was made ahead is closed where the activation could change who gets in', async () => {
    const { host, came } = watchedHost()
    const engine = testEngine(host)
    const [login, spare] = [await host.login('main'), openSpareLogin(engine, host.config)]
    await activate(engine, { host: host.config, login, spare }, systemActivation())
    login.close()
    assert.deepEqual([came, host.open()], [['nothing', 'waiting'], 0])
  })

  it('waits on the host until the request has arrived', async () => {
    const { host } = watchedHost({
      before: async ({ verb }) => {
        if (verb === 'apply') await sleep(30)
      },
    })
    const { result } = await run(host, activationOf())
    assert.deepEqual(result, DEPLOYED)
    assert.deepEqual(host.verbs(), ['main-1 apply', 'fresh-1 reach', 'fresh-1 confirm', 'main-1 acknowledge'])
  })

  it('is tried again where it does not come about', async () => {
    let tries = 0
    const { host } = watchedHost()
    const { login } = host
    host.login = async (kind) => {
      if (kind === 'main') return login(kind)
      tries += 1
      if (tries < 3) throw new SlipwayError({ what: 'no ssh connection' })
      return login(kind)
    }
    const { result, lines } = await run(host, activationOf())
    assert.deepEqual([result, tries], [DEPLOYED, 3])
    assert.ok(!lines.some((line) => line.includes('no ssh connection')))
  })

  it('is made anew where it is lost in between', async () => {
    let lost = false
    const { host } = watchedHost({
      before: async ({ verb, over }) => {
        if (verb !== 'confirm' || lost) return
        lost = true
        assert.equal(over, 'fresh-1')
        host.lose()
        await new Promise(() => undefined)
      },
    })
    const { result } = await run(host, activationOf())
    assert.deepEqual(result, DEPLOYED)
    assert.ok(host.verbs().includes('fresh-2 confirm'))
  })
})

describe('confirming', () => {
  it('needs sshd to answer once more after a login made early', async () => {
    const { host, came } = watchedHost()
    const order: string[] = []
    const engine = testEngine(host)
    const { banner } = engine.reach
    engine.reach.banner = async (address) => {
      order.push('banner')
      return banner(address)
    }
    const login = await host.login('main')
    await activate(engine, { host: host.config, login }, activationOf())
    login.close()
    assert.deepEqual([came, order], [['nothing'], ['banner']])
  })

  it('needs another login where sshd does not answer', async () => {
    const { host, came } = watchedHost()
    host.banner = false
    const { result } = await run(host, activationOf())
    assert.deepEqual([result, came], [DEPLOYED, ['nothing', 'waiting']])
    assert.ok(host.verbs().includes('fresh-2 confirm'))
    assert.ok(!host.verbs().includes('fresh-1 confirm'))
  })

  it('is not done where a URL went bad: the host is asked to stop, with the reason', async () => {
    const host = fakeHost()
    const problem = 'http://app.example.test/ answers 502'
    const { result, lines } = await run(host, activationOf({ urls: urlsThat(async () => problem) }))
    assert.deepEqual(result, [['failed', problem]])
    assert.ok(lines.includes(`nixie: not confirmed: ${problem}`))
    assert.ok(!host.verbs().some((verb) => verb.endsWith(' confirm')))
    const abort = host.calls.find(({ verb }) => verb === 'abort')
    assert.ok(abort)
    assert.deepEqual([abort.over, (abort.params as { reason: string }).reason], ['main-1', problem])
  })

  it('is not done where a URL went bad, though no login comes about', async () => {
    const host = fakeHost()
    const { login } = host
    host.login = async (kind) => {
      if (kind === 'fresh') throw new SlipwayError({ what: 'no ssh connection' })
      return login(kind)
    }
    const urls = urlsThat(() => sleep(10, 'it answers 502'))
    const { result } = await run(host, activationOf({ urls }))
    assert.deepEqual(result, [['failed', 'it answers 502']])
  })

  it('waits for what others say, and says nothing before the host was reached', async () => {
    const said: unknown[] = []
    const host = fakeHost()
    const vote = async (well: boolean) => {
      said.push([well, host.verbs().includes('fresh-1 reach')])
      return true
    }
    const { result } = await run(host, activationOf({ voter: { vote } }))
    assert.deepEqual([result, said], [DEPLOYED, [[true, true]]])
    assert.ok(!host.verbs().includes('main-1 acknowledge'), 'the host keeps its record')
  })

  it('is not done where another host failed', async () => {
    const host = fakeHost()
    const { result, lines } = await run(host, activationOf({ voter: { vote: async () => false } }))
    assert.deepEqual(result, [['failed', ANOTHER_FAILED]])
    assert.ok(lines.includes(`nixie: not confirmed: ${ANOTHER_FAILED}`))
  })

  it('says so where the host does not take it', async () => {
    const host = fakeHost({
      play: async (played) => {
        await begin(played)
        await Promise.race([played.wait(), sleep(50)])
        await revert(played, 'nobody confirmed it over a new login within 1 s')
      },
      before: ({ verb }) => {
        if (verb === 'confirm') throw failed('a confirmation must come over a new connection')
      },
    })
    const { result, lines } = await run(host, activationOf())
    assert.deepEqual(result, [['failed', 'nobody confirmed it over a new login within 1 s']])
    const told = 'nixie: did not take the confirmation: a confirmation must come over a new connection'
    assert.equal(lines.filter((line) => line === told).length, 1)
  })

  it("tells ssh's own reason where no login came about", async () => {
    const host = fakeHost({
      play: async (played) => {
        await begin(played)
        await Promise.race([played.wait(), sleep(50)])
        await revert(played, 'nobody confirmed it over a new login within 1 s')
      },
    })
    const { login } = host
    host.login = async (kind) => {
      if (kind === 'main') return login(kind)
      throw new SlipwayError({ what: 'no ssh connection to nixie', why: 'bind: in use\nCould not forward.' })
    }
    const { result, lines } = await run(host, activationOf())
    assert.deepEqual(result, [['failed', 'nobody confirmed it over a new login within 1 s']])
    const told = 'nixie: not confirmed: no ssh connection to nixie; bind: in use; Could not forward.'
    assert.equal(lines.filter((line) => line === told).length, 1, lines.join('\n'))
  })

  it('comes too late where the host has put back what was there', async () => {
    const host = fakeHost({
      play: async (played) => {
        await begin(played)
        void played.wait()
        await sleep(20)
        await revert(played, 'nobody confirmed it over a new login within 1 s')
      },
      before: async ({ verb }) => {
        if (verb === 'reach') await new Promise(() => undefined)
      },
    })
    const { result, lines } = await run(host, systemActivation())
    assert.deepEqual(result, [['failed', 'nobody confirmed it over a new login within 1 s']])
    assert.ok(!lines.some((line) => /did not take|not confirmed:/.test(line)))
  })

  it('is left where the work is to stop meanwhile', async () => {
    const engine = testEngine()
    const host = fakeHost({
      play: async (played) => {
        await begin(played)
        engine.stop()
        const end = await played.wait()
        assert.deepEqual(end, { aborted: 'stopped on request' })
        await revert(played, 'stopped on request')
      },
    })
    engine.reach = testEngine(host).reach
    const login = await host.login('main')
    const { outcomes } = await activate(engine, { host: host.config, login }, systemActivation())
    login.close()
    assert.equal(outcomes[0]?.reason, 'stopped on request')
    assert.ok(!host.verbs().some((verb) => verb.endsWith(' confirm')))
  })

  it('goes well for several items at once', async () => {
    const [item] = activationOf().items
    assert.ok(item?.item.kind === 'service')
    const api = { ...item, item: { ...item.item, name: 'api' } }
    const host = fakeHost({ play: goWell })
    const { result } = await run(host, activationOf({ items: [item, api] }))
    assert.deepEqual(result, [...DEPLOYED, ...DEPLOYED])
  })
})
