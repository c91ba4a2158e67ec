import type { Agent } from '../agent.js'
import type { UnitState } from '../systemd/systemd.js'
import { EXPLAIN_LINES } from './tail.js'

/** How long the journal may take to write down what it has, or to be read. */
const JOURNAL_MS = 10_000

/**
 * The last lines of what units just ran: theirs and systemd's, not those of the release before. Explains a failure, so
 * it tells the log where it can't, and never fails itself.
 */
export async function journalOf(agent: Agent, units: readonly string[]): Promise<string> {
  if (units.length === 0) return ''
  try {
    const synced = await agent.run(['journalctl', '--sync'], { timeoutMs: JOURNAL_MS })
    if (synced.code !== 0) agent.log.warning(`journalctl --sync: ${synced.stderr.trim() || 'no answer'}`)
    const since = ranSince(await agent.systemd.units(units))
    if (since === undefined) return ''
    const read = await agent.run(journalArgv(units, since), { timeoutMs: JOURNAL_MS })
    if (read.code !== 0) agent.log.warning(`journalctl: ${read.stderr.trim() || 'no answer'}`)
    return read.stdout.trimEnd()
  } catch (error) {
    agent.log.warning(`the journal of ${units.join(' ')} could not be read: ${error}`)
    return ''
  }
}

/**
 * Since when the first of the units has run, in microseconds since 1970; undefined where none ever has. They are told
 * apart by time: what a program says right before it ends may come too late to be given the id of its run.
 */
export function ranSince(units: readonly UnitState[]): number | undefined {
  // While it waits to be started again, a unit has left its inactive state later than it ran.
  const times = units
    .flatMap(({ inactiveExit, mainStart }) => [inactiveExit, mainStart])
    .filter((at) => at > 0)
  return times.length === 0 ? undefined : Math.min(...times)
}

export function journalArgv(units: readonly string[], since: number): string[] {
  const seconds = `${Math.floor(since / 1e6)}.${String(since % 1e6).padStart(6, '0')}`
  return [
    'journalctl',
    '--quiet',
    '--no-pager',
    '--output=cat',
    `--lines=${EXPLAIN_LINES}`,
    `--since=@${seconds}`,
    ...units.map((unit) => `--unit=${unit}`),
  ]
}
