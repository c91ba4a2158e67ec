import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { logsArgv, serviceLogs } from '../../../src/agent/journal/logs.js'
import { unitsWithJournal } from '../../../src/agent/journal/service-units.js'
import { outputStream } from '../../../src/agent/journal/stream.js'
import { type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
beforeEach(() => {
  host = testAgent()
})
afterEach(() => host.remove())

describe('logsArgv', () => {
  it('asks for what there is', () =>
    assert.deepEqual(logsArgv(['a.service', 'b.service'], { follow: false, lines: 100, since: null }), [
      'journalctl',
      '--quiet',
      '--no-pager',
      '--unit=a.service',
      '--unit=b.service',
      '--lines=100',
    ]))
  it('asks for what comes', () =>
    assert.deepEqual(logsArgv(['a.service'], { follow: true, lines: null, since: '-1h' }), [
      'journalctl',
      '--quiet',
      '--no-pager',
      '--follow',
      '--unit=a.service',
      '--since=-1h',
    ]))
  it('asks for what matches', () =>
    assert.deepEqual(
      logsArgv(['a.service'], { follow: false, lines: null, since: null, grep: '--x' }).slice(3),
      ['--unit=a.service', '--grep=--x'],
    ))
})

describe('unitsWithJournal', () => {
  it('has both slots: the next release takes the other', () =>
    assert.deepEqual(unitsWithJournal('web', ['web@blue.service', 'web-mail.service']), [
      'web@blue.service',
      'web-mail.service',
      'web@green.service',
    ]))
  it('fails where nothing runs', () =>
    assert.throws(() => unitsWithJournal('web', []), { message: 'web runs no program on this host' }))
})

describe('serviceLogs', () => {
  const params = { service: 'web', follow: false, lines: null, since: null }
  const { signal } = new AbortController()

  it('fails at once where there is no such service, or it runs nothing', async () => {
    await assert.rejects(
      serviceLogs(host.agent, params, { installed: ['web@blue.service'], signal, forKey: false }),
      {
        message: 'the host has no service web',
      },
    )
    mkdirSync(host.agent.places.service('web'), { recursive: true })
    await assert.rejects(serviceLogs(host.agent, params, { installed: [], signal, forKey: false }), {
      message: 'web runs no program on this host',
    })
  })
})

describe('outputStream', () => {
  const { signal } = new AbortController()
  const shell = (script: string, stop = signal) => outputStream(['sh', '-c', script], stop)

  it('is what the program prints, until it ends', async () => {
    const pieces: Buffer[] = []
    for await (const piece of shell('echo one; echo two')) pieces.push(piece)
    assert.equal(Buffer.concat(pieces).toString(), 'one\ntwo\n')
  })

  it('fails with what the program complains of', async () => {
    await assert.rejects(shell('echo "no such time" >&2; exit 1').next(), {
      message: 'sh ended with status 1: no such time',
    })
    await assert.rejects(shell('kill -9 $$').next(), { message: 'sh was killed by SIGKILL' })
    await assert.rejects(outputStream(['/no/such/program'], signal).next(), {
      message: 'spawn /no/such/program ENOENT',
    })
  })

  it('ends, with its program, when it is told to', async () => {
    const stop = new AbortController()
    const stream = shell('echo $$; exec sleep 60', stop.signal)
    const { value } = await stream.next()
    const next = stream.next()
    stop.abort()
    assert.deepEqual(await next, { done: true, value: undefined })
    await gone(Number(value))
  })

  it('ends its program when the reader leaves', async () => {
    let pid = 0
    for await (const piece of shell('echo $$; exec sleep 60')) {
      pid = Number(piece)
      break
    }
    await gone(pid)
  })

  it('has the program wait while nobody reads', async () => {
    const stream = shell('echo $$; exec yes')
    const { value } = await stream.next()
    const pid = Number(String(value).split('\n', 1)[0])
    await new Promise((resolve) => setTimeout(resolve, 200))
    const before = process.memoryUsage().rss
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.ok(process.memoryUsage().rss - before < 20 * 1024 * 1024)
    await stream.return(undefined)
    await gone(pid)
  })

  it('is nothing where it was told to end before it began', async () => {
    assert.deepEqual(await shell('echo one', AbortSignal.abort()).next(), { done: true, value: undefined })
  })
})

/** Waits until a process has ended. */
async function gone(pid: number): Promise<void> {
  assert.ok(pid > 0)
  for (let left = 100; left > 0; left -= 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.fail(`process ${pid} goes on`)
}
