import { SYSTEM_PROFILE } from '../config/resolve-system.js'
import type { SystemConfig } from '../config/resolved.js'
import type { SystemMode } from '../contract/activation.js'
import type { SystemReport } from '../contract/report.js'

/** A system that has been built. */
export interface BuiltSystem {
  system: SystemConfig
  /** Its store path. */
  path: string
}

/** What would happen to one system. */
export interface SystemPlan {
  system: string
  /** `new`: its profile has no generation yet. */
  status: 'new' | 'changed' | 'unchanged'
  mode: SystemMode
  to: string
  /** The generation that its profile is at. */
  from: number | null
  fromPath: string | null
  /** What runs, where that is neither its profile's generation nor what is to come. */
  running: string | null
  warnings: string[]
  config: SystemConfig
}

/** What a deploy would do about a system. */
export function planSystem(
  { system, path }: BuiltSystem,
  reports: readonly SystemReport[],
  mode: SystemMode,
): SystemPlan {
  const found = reports.find(({ name }) => name === system.name)
  const from = found?.generation ?? null
  const fromPath = found?.path ?? null
  const isSet = mode === 'test' || fromPath === path
  // Of a profile that no system runs from, only its generation tells what is active.
  const running = found?.running ?? fromPath
  const runs = mode === 'boot' || running === path
  const strayed = found?.running != null && found.running !== fromPath && found.running !== path
  return {
    system: system.name,
    status: isSet && runs && from !== null ? 'unchanged' : from === null ? 'new' : 'changed',
    mode,
    to: path,
    from,
    fromPath,
    running: strayed ? found.running : null,
    warnings: bootWarnings(system, path),
    config: system,
  }
}

/** A NixOS system, or what deploy-rs makes of one, by its name in the store. */
const NIXOS_SYSTEM = /-nixos-system-/

/** NixOS' boot loader has the generations of one profile, whichever others there are. */
function bootWarnings({ profile }: SystemConfig, path: string): string[] {
  if (!NIXOS_SYSTEM.test(path) || profile === undefined || profile === SYSTEM_PROFILE) return []
  return [
    `its profile is ${profile}, but NixOS boots from ${SYSTEM_PROFILE}: after a reboot an older system may run`,
  ]
}
