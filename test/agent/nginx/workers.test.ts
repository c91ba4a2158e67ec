import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { reloadNginx } from '../../../src/agent/nginx/reload.js'
import { acceptingWorkers } from '../../../src/agent/nginx/workers.js'
import { testAgent } from '../test-agent.js'
import { unitState } from './samples.js'

const WORKER = 'nginx: worker process\0\0\0'
const LEAVING = 'nginx: worker process is shutting down\0'

describe('nginx’s workers', () => {
  const proc = mkdtempSync(join(tmpdir(), 'slipway-workers-'))
  after(() => rmSync(proc, { recursive: true }))

  /** The children of process 66. */
  function children(names: Record<number, string>): void {
    rmSync(proc, { recursive: true })
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(proc, path)), { recursive: true })
      writeFileSync(join(proc, path), text)
    }
    write('66/task/66/children', `${Object.keys(names).join(' ')} `)
    for (const [pid, name] of Object.entries(names)) write(`${pid}/cmdline`, name)
  }
  beforeEach(() => children({}))

  it('that take connections are known by their names', async () => {
    children({ 70: WORKER, 71: LEAVING, 72: 'nginx: cache manager process\0', 73: WORKER })
    assert.deepEqual([...(await acceptingWorkers(66, proc))], [70, 73])
  })

  it('are none where nginx does not run', async () => {
    assert.deepEqual([...(await acceptingWorkers(0, proc))], [])
    assert.deepEqual([...(await acceptingWorkers(99, proc))], [])
  })

  describe('after a reload', () => {
    /** nginx whose workers change with a reload, and then each time they are looked at. */
    function reloads(result: string, ...steps: Record<number, string>[]) {
      const { agent, remove } = testAgent({
        systemd: {
          unit: async () => {
            const step = asked ? steps.shift() : undefined
            if (step) children(step)
            return unitState()
          },
          reloadOrRestart: async () => {
            asked = true
            return result
          },
        },
      })
      let asked = false
      return { reloaded: reloadNginx(agent, { limitMs: 200, proc }).finally(remove), steps }
    }
    beforeEach(() => children({ 70: WORKER, 71: WORKER }))

    it('are waited for until none of the old takes connections', async () => {
      const { reloaded, steps } = reloads(
        'done',
        { 70: WORKER, 71: WORKER },
        { 70: LEAVING, 71: WORKER, 72: WORKER },
        { 70: LEAVING, 71: LEAVING, 72: WORKER, 73: WORKER },
        { 72: WORKER },
      )
      await reloaded
      assert.equal(steps.length, 1)
    })

    it('are not waited for where systemd says that it failed', async () => {
      const { reloaded } = reloads('failed', { 72: WORKER })
      await assert.rejects(reloaded, /nginx could not be reloaded: systemd says: failed/)
    })

    it('that never go are a failure', async () => {
      const { reloaded } = reloads('done', { 70: LEAVING, 71: WORKER, 72: WORKER })
      await assert.rejects(reloaded, /nginx goes on with its old configuration: its workers still take/)
    })
  })
})
