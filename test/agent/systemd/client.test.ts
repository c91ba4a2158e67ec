import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectSystemd } from '../../../src/agent/systemd/client.js'
import type { Message } from '../../../src/agent/systemd/dbus/message.js'
import { isNoSuchUnit } from '../../../src/agent/systemd/failures.js'
import type { Systemd } from '../../../src/agent/systemd/systemd.js'
import { CallFailed } from '../../../src/contract/failure.js'
import { type Answer, type FakeSystemd, fakeSystemd } from './fake-systemd.js'

/** Less than it takes until a job is looked at that nobody tells of. */
const TIMEOUT_MS = 10_000
const JOB = '/org/freedesktop/systemd1/job/7'
const NO_UNIT = { error: 'org.freedesktop.systemd1.NoSuchUnit', text: 'Unit a.service not loaded.' }
const NO_JOB = { error: 'org.freedesktop.systemd1.NoSuchJob', text: 'Job 7 does not exist.' }

async function connected(t: TestContext): Promise<{ fake: FakeSystemd; systemd: Systemd }> {
  const fake = await fakeSystemd(t)
  const systemd = connectSystemd({ path: fake.path, directPath: join(fake.path, 'none') })
  t.after(() => systemd.close())
  return { fake, systemd }
}

/** Answers by the names of what is called. */
function answers(by: Record<string, Answer | ((call: Message) => Answer)>): (call: Message) => Answer {
  return (call) => {
    const answer = by[call.member ?? '']
    return typeof answer === 'function' ? answer(call) : answer
  }
}

const jobAnswer = { signature: 'o', body: [JOB] }

function removed(fake: FakeSystemd, result: string, job = JOB): void {
  fake.signal('JobRemoved', 'uoss', [7, job, 'a.service', result])
}

/** All properties of a unit, as far as they count here. */
function unit(properties: Record<string, string | number> = {}, job = '/'): Answer {
  const typed = Object.entries({
    Id: 'a.service',
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    FragmentPath: '/etc/systemd/system/a.service',
    ActiveEnterTimestamp: 5,
    InactiveExitTimestamp: 4,
    InactiveExitTimestampMonotonic: 0,
    StateChangeTimestampMonotonic: 0,
    ConditionTimestampMonotonic: 0,
    ...properties,
  }).map(([name, value]) => [name, { signature: typeof value === 'string' ? 's' : 't', value }])
  const jobOf = { signature: '(uo)', value: [job === '/' ? 0 : 7, job] }
  return { signature: 'a{sv}', body: [{ ...Object.fromEntries(typed), Job: jobOf }] }
}

const value = (signature: string, given: unknown): Answer => ({
  signature: 'v',
  body: [{ signature, value: given }],
})

describe('systemd', { timeout: TIMEOUT_MS }, () => {
  it('tells its version as a number, and where it looks for units', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = ({ body: [, property] }) =>
      property === 'Version' ? value('s', '257.13-1~deb13u1') : value('as', ['/etc/systemd/system', '/run'])
    assert.equal(await systemd.version(), 257)
    assert.deepEqual(await systemd.unitPath(), ['/etc/systemd/system', '/run'])
  })

  it('tells how a unit is; what its type does not have is nothing', async (t) => {
    const { fake, systemd } = await connected(t)
    const asked: string[] = []
    fake.answer = ({ path = '' }) => {
      asked.push(path)
      return unit({ NRestarts: 3, Result: 'exit-code', ExecMainCode: 1, ExecMainStatus: 9 })
    }
    assert.deepEqual(await systemd.unit('a-b@x.service'), {
      id: 'a.service',
      load: 'loaded',
      active: 'active',
      sub: 'running',
      path: '/etc/systemd/system/a.service',
      restarts: 3,
      result: 'exit-code',
      mainCode: 1,
      mainStatus: 9,
      mainPid: 0,
      activeSince: 5,
      inactiveExit: 4,
      mainStart: 0,
    })
    assert.deepEqual(asked, ['/org/freedesktop/systemd1/unit/a_2db_40x_2eservice'])
  })

  it('is asked many questions at once, and never so many that the bus refuses', async (t) => {
    const { fake, systemd } = await connected(t)
    let due = 0
    let most = 0
    fake.answer = async () => {
      due += 1
      most = Math.max(most, due)
      await sleep(2)
      due -= 1
      return unit()
    }
    const states = await systemd.units(Array.from({ length: 300 }, () => 'a.service'))
    assert.equal(states.length, 300)
    assert.equal(most, 64)
  })

  it('lists what matches, and nothing for no pattern', async (t) => {
    const { fake, systemd } = await connected(t)
    const entry = ['a.service', 'A', 'loaded', 'active', 'running', '', '/x', 0, '', '/']
    fake.answer = ({ body }) => {
      assert.deepEqual(body, [[], ['a*']])
      return { signature: 'a(ssssssouso)', body: [[entry]] }
    }
    assert.deepEqual(await systemd.list(['a*']), [{ name: 'a.service', active: 'active', sub: 'running' }])
    assert.deepEqual(await systemd.list([]), [])
    assert.deepEqual(fake.calls, ['ListUnitsByPatterns'])
  })

  it('refuses with its own words', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => ({ error: 'org.freedesktop.systemd1.NoSuchUnit', text: 'Unit a.service not found.' })
    const error = await systemd.start('a.service').catch((thrown) => thrown)
    assert.ok(error instanceof CallFailed)
    assert.deepEqual(error.failure, {
      kind: 'failed',
      what: 'systemd did not start a.service',
      why: 'Unit a.service not found.',
    })
    assert.ok(isNoSuchUnit(error))
  })

  it('need not stop, or forget the failure of, what is not there', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => NO_UNIT
    assert.equal(await systemd.stop('a.service'), 'done')
    await systemd.resetFailed('a.service')
    fake.answer = () => ({ error: 'org.freedesktop.DBus.Error.AccessDenied', text: 'no' })
    await assert.rejects(systemd.stop('a.service'), /did not stop a.service: no/)
    await assert.rejects(systemd.resetFailed('a.service'), /did not forget that a.service failed: no/)
  })

  it('is not taken at its word where somebody else speaks in its name', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => jobAnswer
    const result = systemd.start('a.service')
    await called(fake, 'StartUnit')
    fake.signal('JobRemoved', 'uoss', [7, JOB, 'a.service', 'forged'], { sender: ':1.66' })
    fake.signal('NameOwnerChanged', 'sss', ['org.freedesktop.systemd1', ':1.0', ''], {
      sender: ':1.66',
      interface: 'org.freedesktop.DBus',
    })
    removed(fake, 'failed')
    assert.equal(await result, 'failed')
  })

  it('answers nothing more once it was closed', async (t) => {
    const { fake, systemd } = await connected(t)
    const result = systemd.start('a.service')
    await called(fake, 'StartUnit')
    systemd.close()
    await assert.rejects(result, /did not start a.service: the connection to systemd was closed/)
    await assert.rejects(systemd.version(), /the connection to systemd was closed/)
  })
})

describe('a job of systemd', { timeout: TIMEOUT_MS }, () => {
  it('ends with the result that systemd tells', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => jobAnswer
    const result = systemd.restart('a.service')
    await called(fake, 'RestartUnit')
    removed(fake, 'done', `${JOB}7`)
    removed(fake, 'timeout')
    assert.equal(await result, 'timeout')
  })

  it('may end before its name is known', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => {
      removed(fake, 'failed')
      return jobAnswer
    }
    assert.equal(await systemd.start('a.service'), 'failed')
  })

  it('goes on when nobody waits for it any more', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => jobAnswer
    const stopping = new AbortController()
    const result = systemd.start('a.service', { signal: stopping.signal })
    await called(fake, 'StartUnit')
    const reason = new Error('the deployer wants it back')
    stopping.abort(reason)
    await assert.rejects(result, (error) => error === reason)
    assert.deepEqual(fake.calls, ['StartUnit'])
  })

  it('is waited for further when the connection was lost', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = answers({
      StartUnit: jobAnswer,
      GetJob: { signature: 'o', body: [JOB] },
      Get: value('s', 'start'),
    })
    const result = systemd.start('a.service')
    await called(fake, 'StartUnit')
    fake.drop()
    await called(fake, 'Get')
    removed(fake, 'dependency')
    assert.equal(await result, 'dependency')
    assert.deepEqual(fake.calls, ['StartUnit', 'GetJob', 'Get'])
  })

  it('is waited for further when systemd was gone from the bus', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = answers({
      StartUnit: jobAnswer,
      GetJob: NO_JOB,
      GetAll: unit({ ActiveState: 'failed', Result: 'exit-code' }),
    })
    const result = systemd.start('a.service')
    await called(fake, 'StartUnit')
    fake.owner = undefined
    fake.signal('NameOwnerChanged', 'sss', ['org.freedesktop.systemd1', ':1.0', ''], {
      sender: 'org.freedesktop.DBus',
      interface: 'org.freedesktop.DBus',
    })
    await sleep(150)
    fake.owner = ':1.20'
    assert.equal(await result, 'failed')
  })

  it('that ended unheard is judged by what became of its unit', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = answers({ StopUnit: jobAnswer, GetJob: NO_JOB, GetAll: unit({ ActiveState: 'inactive' }) })
    const result = systemd.stop('a.service')
    await called(fake, 'StopUnit')
    fake.drop()
    assert.equal(await result, 'done')
  })

  it('that ends while it is looked for has ended', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = answers({
      StopUnit: () => void fake.drop(),
      GetAll: unit({ ActiveState: 'inactive', StateChangeTimestampMonotonic: 2 ** 52 }, JOB),
      GetJob: { signature: 'o', body: [JOB] },
      Get: { error: 'org.freedesktop.DBus.Error.UnknownObject', text: 'Unknown object' },
    })
    assert.equal(await systemd.stop('a.service'), 'done')
    assert.deepEqual(fake.calls, ['StopUnit', 'GetAll', 'GetJob', 'Get', 'GetAll'])
  })

  it('is not begun again where it was taken before the connection was lost', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = answers({
      RestartUnit: () => void fake.drop(),
      GetAll: unit({}, JOB),
      GetJob: { signature: 'o', body: [JOB] },
      Get: value('s', 'restart'),
    })
    const result = systemd.restart('a.service')
    await called(fake, 'Get')
    removed(fake, 'done')
    assert.equal(await result, 'done')
    assert.deepEqual(fake.calls, ['RestartUnit', 'GetAll', 'GetJob', 'Get'])
  })

  it('is not begun again where it has ended meanwhile', async (t) => {
    const { fake, systemd } = await connected(t)
    const now = Number(process.hrtime.bigint() / 1000n) + 60_000_000
    fake.answer = answers({
      RestartUnit: () => void fake.drop(),
      GetAll: unit({ StateChangeTimestampMonotonic: now }),
    })
    assert.equal(await systemd.restart('a.service'), 'done')
    assert.deepEqual(fake.calls, ['RestartUnit', 'GetAll', 'GetAll'])
  })

  it('is begun again where systemd never heard of it', async (t) => {
    const { fake, systemd } = await connected(t)
    let asked = 0
    fake.answer = answers({
      RestartUnit: () => {
        asked += 1
        if (asked === 1) return void fake.drop()
        removed(fake, 'done')
        return jobAnswer
      },
      GetAll: unit(),
    })
    assert.equal(await systemd.restart('a.service'), 'done')
    assert.deepEqual(fake.calls, ['RestartUnit', 'GetAll', 'RestartUnit'])
  })
})

describe('a question to systemd', { timeout: TIMEOUT_MS }, () => {
  it('is asked once more where the connection was lost with the answer', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => (fake.calls.length === 1 ? void fake.drop() : value('s', '252'))
    assert.equal(await systemd.version(), 252)
    fake.calls.length = 0
    fake.answer = () => void fake.drop()
    await assert.rejects(systemd.version(), /did not tell its Version: the other end closed the connection/)
    assert.deepEqual(fake.calls, ['Get', 'Get'])
  })

  it('fails where what comes back is no message, or makes no sense', async (t) => {
    const { fake, systemd } = await connected(t)
    fake.answer = () => void fake.send(Buffer.from('HTTP/1.1 400 Bad Request'))
    await assert.rejects(
      systemd.version(),
      /what came is no message of D-Bus: a message is not little endian/,
    )
    fake.answer = () => value('s', 'none')
    await assert.rejects(systemd.version(), /systemd's version is 'none'/)
  })
})

/** Waits until systemd was called so. */
async function called(fake: FakeSystemd, member: string): Promise<void> {
  while (!fake.calls.includes(member)) await sleep(1)
  // Its answer has been read then.
  await sleep(20)
}
