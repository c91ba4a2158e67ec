import { failed } from '../contract/failure.js'
import type { Agent } from './agent.js'
import { PATH } from './run.js'

/** Nix's settings by name, as nix.conf(5) has them; lists are separated by spaces. */
export type NixSettings = ReadonlyMap<string, string>

/** Those of the host, not of root: what root has in its home counts for root alone. */
const ENV = { PATH, LC_ALL: 'C', HOME: '/nonexistent' }

/**
 * What Nix goes by on this host.
 * @throws CallFailed where Nix does not tell it.
 */
export async function nixSettings(agent: Pick<Agent, 'run'>): Promise<NixSettings> {
  // `nix config show` is what newer ones call it; they know the old name, too.
  const argv = ['nix', '--extra-experimental-features', 'nix-command', 'show-config']
  const { code, stdout, stderr, timedOut } = await agent.run(argv, { env: ENV })
  if (code === 0) return parseSettings(stdout)
  throw failed(`${argv.join(' ')} failed`, {
    why: timedOut ? 'it did not answer in time' : stderr.trim(),
    next: 'see whether Nix works on the host: its settings in /etc/nix/nix.conf may be wrong',
  })
}

/** Lines `name = value`. */
export function parseSettings(text: string): NixSettings {
  return new Map(
    [...text.matchAll(/^([a-z0-9-]+) = ?(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}

/** The words of a setting that is a list. */
export function listSetting(settings: NixSettings, name: string): string[] {
  return (settings.get(name) ?? '').split(/\s+/).filter(Boolean)
}
