/**
 * Loaded into slipway with `node --import`: writes when each program it runs started and ended, and when
 * slipway itself began and ended, as JSON lines to the file $BENCH_TRACE. Changes nothing of what runs.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'

/** Milliseconds since 1970, as every clock of this machine has them. */
const now = () => performance.timeOrigin + performance.now()

/** @type {object[]} */
const entries = []
const file = process.env.BENCH_TRACE

if (file) {
  const loaded = now()
  subscribe('child_process', (message) => {
    const child = /** @type {{ process: import('node:child_process').ChildProcess }} */ (message).process
    const entry = { kind: 'program', argv: [], start: now(), end: 0 }
    // The channel speaks before the arguments are set.
    queueMicrotask(() => {
      entry.argv = [...(child.spawnargs ?? [])]
    })
    child.once('exit', () => {
      entry.end = now()
    })
    entries.push(entry)
  })
  process.once('exit', () => {
    entries.push({ kind: 'slipway', start: performance.timeOrigin, loaded, end: now() })
    appendFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  })
}
