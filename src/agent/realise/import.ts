import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'

/** How long a host may take for what a deployer sends in one piece, some dozen megabytes: a slow connection's time. */
const IMPORT_MS = 600_000

/** Those of some store paths that Nix does not have: what a copy that was cut off has left lies there, and is no path. */
export async function lackingPaths(agent: Agent, paths: readonly string[]): Promise<string[]> {
  const lie = await Promise.all(paths.map(exists))
  const there = paths.filter((_path, index) => lie[index])
  if (there.length === 0) return [...paths]
  const ended = await agent.run(['nix-store', '--check-validity', '--print-invalid', ...there])
  if (ended.code !== 0) throw failed(`Nix does not tell which paths it has: ${ended.stderr.trim()}`)
  const invalid = new Set(ended.stdout.split('\n'))
  return paths.filter((path, index) => !lie[index] || invalid.has(path))
}

/** Takes store paths in, with no signature looked at: only root's logins get as far. */
export async function importPaths(agent: Agent, exported: AsyncIterable<Uint8Array>): Promise<void> {
  const ended = await agent.run(['nix-store', '--import'], { input: exported, timeoutMs: IMPORT_MS })
  if (ended.code !== 0) throw failed(`Nix did not take the paths in: ${ended.stderr.trim()}`)
}
