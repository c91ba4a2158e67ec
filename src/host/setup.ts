import type { Connection } from './connection.js'
import { runVerb, runVerbUninstalled, verbError } from './verbs.js'

/** What setting up a host changed, or would change. */
export interface SetupResult {
  changes: string[]
  /** What only a person can do, such as lines for a NixOS configuration. */
  manual: string[]
}

/**
 * Makes a host ready, with the `programs` that its services need; with `dryRun` it only says what it would change.
 * `deployUser` is the name of a user who may deploy and nothing else; what there is of one is kept up to date
 * without it.
 */
export async function setupHost(
  connection: Connection,
  {
    dryRun,
    programs,
    deployUser,
  }: { dryRun: boolean; programs: readonly string[]; deployUser?: string | undefined },
  onChange: (change: string) => void,
): Promise<SetupResult> {
  const result: SetupResult = { changes: [], manual: [] }
  const onLine = (line: string) => {
    const entry = JSON.parse(line) as { change?: string; manual?: string }
    if (entry.change) {
      result.changes.push(entry.change)
      onChange(entry.change)
    }
    if (entry.manual) result.manual.push(entry.manual)
  }
  const words = [deployUser ?? '', ...programs]
  const ended = dryRun
    ? await runVerbUninstalled(connection, 'setup', ['dry', ...words], { onLine })
    : await runVerb(connection, 'setup', ['now', ...words], { onLine })
  if (ended.exitCode !== 0) throw verbError(connection, 'setup', ended)
  return result
}
