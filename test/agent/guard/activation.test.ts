import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { runActivation } from '../../../src/agent/activation/activate.js'
import { confirm, reach } from '../../../src/agent/activation/confirm.js'
import { createMeeting } from '../../../src/agent/activation/meeting.js'
import type { Agent } from '../../../src/agent/agent.js'
import { createFiles } from '../../../src/agent/files.js'
import { requireOwner } from '../../../src/agent/guard/owner.js'
import { OWNER } from '../../../src/agent/guard/record.js'
import { loadActivations, recover } from '../../../src/agent/guard/settle.js'
import { createFaults } from '../../../src/agent/guard/steps.js'
import { undoItem } from '../../../src/agent/guard/undo.js'
import { type TestAgent, testAgent } from '../test-agent.js'
import { FIRST_LOGIN, ID, NEW_LOGIN, NONCE, type Script, staged, statesOf, told } from './staged.js'

let made: TestAgent[] = []
afterEach(() => {
  for (const one of made) one.remove()
  made = []
})

/** An agent whose faults are those of the real one. */
function agentWithFaults(): Agent {
  const first = testAgent({ systemd: { stop: async () => 'done' } })
  made.push(first)
  const faults = createFaults(first.agent.places.faults)
  return {
    ...first.agent,
    files: createFiles({ beforeWrite: faults.beforeWrite }),
    step: faults.begin,
  }
}

const AT_ONCE = { rooted: Promise.resolve(), onDecided: () => undefined }

async function begun(
  scripts: Record<string, Script>,
  settings: Parameters<typeof staged>[2] = {},
  rooted = AT_ONCE.rooted,
) {
  const agent = agentWithFaults()
  const { live, around, done } = await staged(agent, scripts, settings)
  let decided = false
  const onDecided = () => {
    decided = true
  }
  const running = runActivation(agent, around, live, { rooted, onDecided })
  return { agent, live, around, done, running, isDecided: () => decided }
}

async function confirmed(scripts: Record<string, Script>, settings?: Parameters<typeof staged>[2]) {
  const one = await begun(scripts, settings)
  await reach(one.agent, one.live, NEW_LOGIN)
  await confirm(one.agent, one.live, NEW_LOGIN, NONCE)
  await one.running
  return one
}

describe('an activation', () => {
  it('that is confirmed over a new login stays', async () => {
    const { live, done, isDecided } = await confirmed({ app: {} })
    assert.deepEqual(told(live), [
      'app starting 2',
      'app active 2',
      'waiting 1',
      'app confirmed',
      'app done 2',
      'ended',
    ])
    assert.deepEqual(statesOf(live), { app: 'confirmed' })
    assert.deepEqual(done, ['app activate', 'app finish', 'app log good', 'app retire'])
    assert.ok(isDecided())
    assert.ok(existsSync(join(live.dir, 'ended')))
  })

  it('starts nothing whose package Nix does not keep', async () => {
    const rooted = Promise.reject(new Error('the package is gone'))
    rooted.catch(() => undefined)
    const { live, running, done } = await begun({ app: {} }, {}, rooted)
    await running
    assert.deepEqual(told(live), [
      'app failed the package is gone',
      'app journal its last words',
      'app reverted 1',
      'ended',
    ])
    assert.deepEqual(statesOf(live), { app: 'reverted' })
    assert.ok(!done.includes('app activate'))
  })

  it('that nobody confirms is put back', async () => {
    const { live, running, done } = await begun({ app: {} })
    await running
    assert.deepEqual(told(live), [
      'app starting 2',
      'app active 2',
      'waiting 1',
      'app failed nobody confirmed it over a new login within 1 s',
      'app reverted 1',
      'ended',
    ])
    assert.deepEqual(statesOf(live), { app: 'reverted' })
    assert.deepEqual(done, ['app activate', 'app undo', 'app log failed'])
  })

  it('that fails is put back, with the last words of what failed', async () => {
    const { live, running } = await begun({ app: { fails: 'not healthy within 1 s' } })
    await running
    assert.deepEqual(told(live), [
      'app starting 2',
      'app failed not healthy within 1 s',
      'app journal its last words',
      'app reverted 1',
      'ended',
    ])
  })

  it('that could not be put back is never called reverted', async () => {
    const { live, running, done } = await begun({ app: { fails: 'no', staysBroken: 'the link is stuck' } })
    await running
    assert.deepEqual(told(live).slice(-2), ['app revert-failed the link is stuck', 'ended'])
    assert.deepEqual(statesOf(live), { app: 'revert-failed' })
    assert.deepEqual(done.slice(-1), ['app log revert-failed'])
  })

  it('that is refused has changed nothing', async () => {
    const { live, running, done } = await begun({ app: { refusal: 'port 80 is taken' }, web: {} })
    await reach(made[0]?.agent as Agent, live, NEW_LOGIN)
    await confirm(made[0]?.agent as Agent, live, NEW_LOGIN, NONCE)
    await running
    assert.deepEqual(statesOf(live), { app: 'reverted', web: 'confirmed' })
    assert.deepEqual(
      told(live).filter((line) => line.startsWith('app')),
      ['app serving 1', 'app refused port 80 is taken'],
    )
    assert.ok(!done.includes('app activate'))
  })

  it('that is to be all or nothing puts back what succeeded when a part fails', async () => {
    const { live, running } = await begun({ app: { fails: 'bad' }, web: {} }, { policy: 'all' })
    await running
    assert.deepEqual(statesOf(live), { app: 'reverted', web: 'reverted' })
    assert.ok(
      told(live).includes('web failed another part of this deploy failed, and it was to be all or nothing'),
    )
  })

  it('is put back when it is asked to stop, in the middle and at the end', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const middle = await begun({ app: { gate } })
    await sleep(20)
    middle.live.abort.abort('stopped on request')
    open()
    await middle.running
    assert.deepEqual(statesOf(middle.live), { app: 'reverted' })
    assert.ok(told(middle.live).includes('app failed stopped on request'))

    const end = await begun({ app: {} }, { confirmMs: 60_000 })
    await end.live.waiting.wait()
    end.live.abort.abort('stopped on request')
    await end.running
    assert.deepEqual(told(end.live).slice(-3), ['app failed stopped on request', 'app reverted 1', 'ended'])
  })

  it('that wants no confirmation waits for none', async () => {
    const { live, running } = await begun({ app: { confirm: false } })
    await running
    assert.deepEqual(statesOf(live), { app: 'confirmed' })
    assert.ok(told(live).includes('app unguarded'))
  })

  it('that is to stay when it fails does', async () => {
    const { live, running, done } = await begun({ app: { fails: 'bad', revert: false } })
    await running
    assert.deepEqual(statesOf(live), { app: 'revert-failed' })
    assert.deepEqual(told(live).slice(-2), ['app left its config wants that', 'ended'])
    assert.ok(!done.includes('app undo'))
  })

  it('that turns bad once it is confirmed is put back', async () => {
    const { live } = await confirmed({ app: { turnsBad: 'it turned unhealthy' } })
    assert.deepEqual(statesOf(live), { app: 'reverted' })
    assert.ok(told(live).includes('app failed it turned unhealthy'))
  })

  it('leaves alone what somebody else has changed since', async () => {
    const { live, running, done } = await begun({ app: { holds: false } })
    await running
    assert.ok(told(live).includes('app left somebody else has changed it since'))
    assert.ok(!done.includes('app undo'))
  })

  it('is held for other hosts once it could be reached', async () => {
    const { agent, live, running } = await begun({ app: {} }, { policy: 'all', confirmMs: 100, holdMs: 5000 })
    await reach(agent, live, NEW_LOGIN)
    await sleep(300)
    assert.deepEqual(statesOf(live), { app: 'active' })
    await confirm(agent, live, NEW_LOGIN, NONCE)
    await running
    assert.deepEqual(statesOf(live), { app: 'confirmed' })
  })

  it('keeps what it would put back, for all or nothing, until it is forgotten or taken back', async () => {
    const { agent, live, around, done } = await confirmed({ app: {} }, { policy: 'all' })
    assert.ok(!done.includes('app retire'))
    await undoItem(agent, around.kinds, live, 'app', 'it failed elsewhere')
    assert.deepEqual(statesOf(live), { app: 'reverted' })
  })

  it('whose items wait for each other goes on when the others have come as far, or have ended', async () => {
    const meeting = createMeeting(3)
    const [first, second, third] = [meeting.join(), meeting.join(), meeting.join()]
    const order: string[] = []
    const waiting = first.come().then(() => order.push('first'))
    await sleep(10)
    assert.deepEqual(order, [])
    third.leave()
    third.leave()
    await sleep(10)
    assert.deepEqual(order, [])
    await Promise.all([second.come(), waiting])
    first.leave()
    assert.deepEqual(order, ['first'])
  })

  it('that two put back at once is put back once', async () => {
    const { agent, live, around, done, running } = await begun({ app: {} }, { confirmMs: 60_000 })
    await live.waiting.wait()
    await Promise.all([1, 2, 3].map(() => undoItem(agent, around.kinds, live, 'app', 'twice')))
    live.changed.raise()
    await running
    assert.equal(done.filter((what) => what === 'app undo').length, 1)
    assert.equal(told(live).filter((line) => line === 'app reverted 1').length, 1)
  })
})

describe('a confirmation', () => {
  it('comes over another connection than the activation', async () => {
    const { agent, live, running } = await begun({ app: {} })
    await assert.rejects(reach(agent, live, FIRST_LOGIN), /must come over a new connection/)
    await live.waiting.wait()
    await assert.rejects(confirm(agent, live, FIRST_LOGIN, NONCE), /must come over a new connection/)
    await running
    assert.deepEqual(statesOf(live), { app: 'reverted' })
  })

  it('carries the nonce', async () => {
    const { agent, live, running } = await begun({ app: {} })
    await live.waiting.wait()
    await assert.rejects(confirm(agent, live, NEW_LOGIN, 'cd'.repeat(16)), /no confirmation of activation/)
    await running
    assert.deepEqual(statesOf(live), { app: 'reverted' })
  })

  it('that comes before all is active counts for nothing', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { agent, live, running } = await begun({ app: { gate } })
    await assert.rejects(confirm(agent, live, NEW_LOGIN, NONCE), /not all of it is active/)
    open()
    await running
    assert.deepEqual(statesOf(live), { app: 'reverted' })
  })

  it('that comes too late is told so', async () => {
    const { agent, live, running } = await begun({ app: {} })
    await running
    await assert.rejects(confirm(agent, live, NEW_LOGIN, NONCE), /it was put back/)
    await assert.rejects(reach(agent, live, NEW_LOGIN), /it was put back/)
  })

  it('of another boot counts for nothing', async () => {
    const agent = agentWithFaults()
    const { live } = await staged(agent, { app: {} })
    live.guard.boot = 'another'
    await assert.rejects(reach(agent, live, NEW_LOGIN), /booted meanwhile/)
  })
})

describe('an agent that starts', () => {
  /** Leaves an activation as a killed agent does. */
  async function leftAt(step: string, scripts: Record<string, Script>) {
    const agent = agentWithFaults()
    const { live, around } = await staged(agent, scripts)
    mkdirSync(agent.places.faults, { recursive: true })
    writeFileSync(join(agent.places.faults, `stop-at-${step}`), '')
    void runActivation(agent, around, live, AT_ONCE)
    while (!existsSync(join(agent.places.faults, 'stopped'))) await sleep(5)
    return { agent, around }
  }

  for (const step of ['prepared', 'armed', 'switch', 'active', 'waiting']) {
    it(`puts back what was cut off at ${step}`, async () => {
      const { agent, around } = await leftAt(step, { app: {} })
      const next = { ...agent, step: async () => undefined }
      const [live] = await loadActivations(next)
      assert.ok(live)
      await recover(next, around.kinds, live)
      assert.deepEqual(statesOf(live), { app: 'reverted' })
      const why = told(live).filter((line) => /failed|refused/.test(line))
      assert.deepEqual(why, [
        `app ${step === 'prepared' ? 'refused' : 'failed'} its activation was killed on the host`,
      ])
      assert.equal(told(live).at(-1), 'ended')
    })
  }

  it('ends only once what has ended', async () => {
    const { agent, live, around } = await confirmed({ app: {} })
    const [again] = await loadActivations(agent)
    assert.ok(again)
    assert.deepEqual(told(again), told(live))
    // The process that was killed had it.
    writeFileSync(join(again.dir, OWNER), 'another\n')
    await recover(agent, around.kinds, again)
    assert.deepEqual(told(again), told(live))
    // What it has left to let go of is this process's to do.
    await requireOwner(again.dir)
  })

  it('makes an older one that wakes up leave everything alone', async () => {
    const { agent, around } = await leftAt('switch', { app: {} })
    const next = { ...agent, step: async () => undefined }
    const [live] = await loadActivations(next)
    assert.ok(live)
    // As another process does: its name for itself is another.
    await agent.files.write(join(live.dir, 'owner'), 'somebody else\n')
    const before = told(live).length
    writeFileSync(join(agent.places.faults, 'woken'), '')
    const { rmSync } = await import('node:fs')
    rmSync(join(agent.places.faults, 'stop-at-switch'))
    await sleep(200)
    assert.deepEqual(statesOf(live), { app: 'armed' })
    assert.equal(readFileSync(join(live.dir, 'events'), 'utf8').trim().split('\n').length, before)
    await recover(next, around.kinds, live)
    assert.deepEqual(statesOf(live), { app: 'reverted' })
  })
})

describe('writes that fail', () => {
  const STEPS = ['prepared', 'armed', 'switch', 'active', 'waiting', 'confirm', 'confirmed', 'finish', 'end']
  const UNDOING = ['undo-reverting', 'undo-switch', 'undo-reverted', 'end']

  async function hurt(step: string, code: string, good: boolean) {
    const agent = agentWithFaults()
    const { live, around, done } = await staged(agent, { app: good ? {} : { fails: 'bad' } })
    mkdirSync(agent.places.faults, { recursive: true })
    writeFileSync(join(agent.places.faults, `fail-writes-at-${step}`), code)
    const running = runActivation(agent, around, live, AT_ONCE)
    const confirming = reach(agent, live, NEW_LOGIN).then(() => confirm(agent, live, NEW_LOGIN, NONCE))
    await confirming.catch(() => undefined)
    await running
    // Whatever could not be written then, the next start of the agent settles.
    const restarted = { ...agent, files: createFiles(), step: async () => undefined }
    const [next] = await loadActivations(restarted)
    if (next) await recover(restarted, around.kinds, next)
    return { state: statesOf(live).app, done, live: next ?? live }
  }

  for (const code of ['ENOSPC', 'EIO', 'EROFS']) {
    for (const step of STEPS) {
      it(`${code} at ${step} end on the old or the new, told truly`, async () => {
        const { state, done, live } = await hurt(step, code, true)
        assert.ok(state === 'confirmed' || state === 'reverted', String(state))
        assert.equal(done.includes('app undo') || !done.includes('app activate'), state === 'reverted')
        const said = told(live).join('\n')
        assert.equal(/app (reverted|refused)/.test(said), state === 'reverted', said)
      })
    }
    for (const step of UNDOING) {
      it(`${code} at ${step} while it is put back is told as what it is`, async () => {
        const { state, done, live } = await hurt(step, code, false)
        const undone = done.filter((what) => what === 'app undo').length > 0
        assert.ok(undone)
        assert.ok(state === 'reverted' || state === 'revert-failed', String(state))
        assert.ok(told(live).some((line) => line.startsWith(`app ${state}`)))
      })
    }
  }

  it('are told with what the disk said', async () => {
    const { live } = await hurt('prepared', 'ENOSPC', true)
    assert.match(told(live).join('\n'), /the disk of the host is full/)
  })
})

describe('the record of an activation', () => {
  it('is one that a newer agent wrote: nothing of it is touched', async () => {
    const agent = agentWithFaults()
    await staged(agent, { app: {} })
    const file = join(agent.places.guard(ID), 'guard.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version: 2 }))
    const before = readFileSync(file, 'utf8')
    assert.deepEqual(await loadActivations(agent), [])
    assert.equal(readFileSync(file, 'utf8'), before)
    assert.match(made[0]?.logged.join('\n') ?? '', /can not be read, and is left as it is/)
  })
})
