import type { Connection } from './connection.js'
import { runVerb, runVerbUninstalled, verbError } from './verbs.js'

/** What setting up a host changed, or would change. */
export interface SetupResult {
  changes: string[]
  /** What only a person can do, such as lines for a NixOS configuration. */
  manual: string[]
}

/** How a host is made ready. */
export interface SetupOptions {
  /** Only say what would change. */
  dryRun: boolean
  /** A user who may deploy and nothing else; what there is of one is kept up to date without it. */
  deployUser?: string | undefined
  /** What its services need beside the rest. */
  programs: readonly string[]
}

/** Makes a host ready. */
export async function setupHost(
  connection: Connection,
  { dryRun, deployUser = '', programs }: SetupOptions,
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
  const ended = dryRun
    ? await runVerbUninstalled(connection, 'setup', ['dry', deployUser, ...programs], { onLine })
    : await runVerb(connection, 'setup', ['now', deployUser, ...programs], { onLine })
  if (ended.exitCode !== 0) throw verbError(connection, 'setup', ended)
  return result
}
