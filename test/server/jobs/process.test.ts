import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { ageOf, isAlive, processOf, signal } from '../../../src/server/jobs/process.js'

describe('a process', () => {
  it('is alive until it has ended, and then no other of its number is it', async () => {
    const child = spawn('sleep', ['60'], { detached: true })
    const known = processOf(child.pid ?? 0)
    assert.ok(isAlive(known))
    assert.ok(ageOf(known) < 60_000 && ageOf(known) >= -10, `${ageOf(known)} ms`)
    assert.equal(isAlive({ ...known, started: `${Number(known.started) - 1}` }), false)
    assert.equal(isAlive({ ...known, boot: 'another' }), false)
    signal({ ...known, started: '1' }, 'SIGKILL')
    assert.ok(isAlive(known))
    signal(known, 'SIGKILL', true)
    await once(child, 'exit')
    assert.equal(isAlive(known), false)
    signal(known, 'SIGKILL')
  })

  it('that nobody has waited for yet has ended all the same', async () => {
    // The shell goes on without asking how its child ended.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [pid] = await once(parent.stdout, 'data')
    const known = { ...processOf(parent.pid ?? 0), pid: Number(String(pid)) }
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { started } = processOf(known.pid)
    assert.equal(isAlive({ ...known, started }), false)
    parent.kill()
  })

  it('that there is not is none', () => {
    assert.throws(() => processOf(2 ** 22 + 1), /there is no process/)
  })
})
