import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ENVIRONMENT, type RunProgram } from '../../../src/agent/run.js'
import { notifyReady, notifyWatchdog, watchdogInterval } from '../../../src/agent/systemd/notify.js'

const socket = '/run/systemd/notify'

function recorded(code: number) {
  const ran: unknown[] = []
  const run: RunProgram = async (argv, options) => {
    ran.push([argv, options?.env])
    return { code, stdout: '', stderr: 'No such file\n', timedOut: false }
  }
  return { ran, run }
}

describe('word to systemd', () => {
  it('goes through systemd-notify, to the socket that systemd named', async () => {
    const { ran, run } = recorded(0)
    await notifyReady(run, { NOTIFY_SOCKET: socket, SECRET: 'x' })
    await notifyWatchdog(run, { NOTIFY_SOCKET: socket })
    const env = { ...ENVIRONMENT, NOTIFY_SOCKET: socket }
    assert.deepEqual(ran, [
      [['systemd-notify', '--ready'], env],
      [['systemd-notify', 'WATCHDOG=1'], env],
    ])
  })

  it('is not given where systemd named no socket', async () => {
    const { ran, run } = recorded(0)
    await notifyReady(run, {})
    assert.deepEqual(ran, [])
  })

  it('that did not arrive is a failure', async () => {
    const { run } = recorded(1)
    await assert.rejects(
      notifyWatchdog(run, { NOTIFY_SOCKET: socket }),
      /systemd-notify WATCHDOG=1 failed: No such file$/,
    )
  })
})

describe('the watchdog', () => {
  it('is told three times in the time it gives', () => {
    assert.equal(watchdogInterval({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '5' }, 5), 10_000)
    assert.equal(watchdogInterval({ WATCHDOG_USEC: '30000000' }, 5), 10_000)
  })

  it('watches nobody, or somebody else', () => {
    assert.equal(watchdogInterval({}, 5), undefined)
    assert.equal(watchdogInterval({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '6' }, 5), undefined)
  })

  it('has a time that is a number', () => {
    assert.throws(() => watchdogInterval({ WATCHDOG_USEC: 'soon' }, 5), /WATCHDOG_USEC is 'soon'/)
  })
})
