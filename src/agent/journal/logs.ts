import type { Params } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { requireService } from '../services/operate.js'
import { unitsWithJournal } from './service-units.js'
import { outputStream } from './stream.js'

/** How journalctl ends where no line matches, as grep does. */
const NOTHING_MATCHED = 1

/** What reading a journal for a key may take of a processor: a pattern can keep one busy for hours. */
const KEY_CPU_SECONDS = 60

/**
 * A service's journal as text; a followed one ends when `signal` is aborted.
 * @param installed The units of the service that are installed. `forKey`: for somebody who may not have the host's
 * processors for as long as they like.
 * @throws CallFailed at once where there is no such service, or it runs no program; later where journalctl fails.
 */
export async function serviceLogs(
  agent: Agent,
  params: Params<'logs'>,
  { installed, signal, forKey }: { installed: readonly string[]; signal: AbortSignal; forKey: boolean },
): Promise<AsyncIterable<Buffer>> {
  await requireService(agent, params.service)
  const argv = logsArgv(unitsWithJournal(params.service, installed), params)
  return outputStream(argv, signal, {
    ...(params.grep !== undefined && { nothing: NOTHING_MATCHED }),
    ...(forKey && { cpuSeconds: KEY_CPU_SECONDS }),
  })
}

export function logsArgv(
  units: readonly string[],
  { follow, lines, since, grep }: Pick<Params<'logs'>, 'follow' | 'lines' | 'since' | 'grep'>,
): string[] {
  return [
    'journalctl',
    '--quiet',
    '--no-pager',
    ...(follow ? ['--follow'] : []),
    ...units.map((unit) => `--unit=${unit}`),
    ...(lines === null ? [] : [`--lines=${lines}`]),
    ...(since === null ? [] : [`--since=${since}`]),
    ...(grep === undefined ? [] : [`--grep=${grep}`]),
  ]
}
