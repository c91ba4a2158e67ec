import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'

/** How long a host may take for what a deployer sends in one piece, some dozen megabytes: a slow connection's time. */
const IMPORT_MS = 600_000

/** Those of some store paths that are not there. One whose copying was cut off is: importing what needs it then fails. */
export async function lackingPaths(paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(exists))
  return paths.filter((_path, index) => !there[index])
}

/** Takes store paths in, with no signature looked at: only root's logins get as far. */
export async function importPaths(agent: Agent, exported: AsyncIterable<Uint8Array>): Promise<void> {
  const ended = await agent.run(['nix-store', '--import'], { input: exported, timeoutMs: IMPORT_MS })
  if (ended.code !== 0) throw failed(`Nix did not take the paths in: ${ended.stderr.trim()}`)
}
