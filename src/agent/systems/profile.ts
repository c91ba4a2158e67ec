import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { leadsSomewhere, readLink, realPath } from '../files.js'
import { accountOf } from './account.js'
import { SYSTEM_PLACES, type SystemPlaces } from './places.js'

/** Where the generations of a profile are, as deploy-rs has it; undefined where its user has no home to look in. */
export async function profileOf(
  agent: Agent,
  { profile, user, profileName }: { profile: string | null; user: string; profileName: string },
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<string | undefined> {
  if (profile !== null) return profile
  if (user === 'root' && profileName === 'system') return places.profile
  const perUser = join(places.perUser, user)
  if (user === 'root' || (await isFolder(perUser))) return join(perUser, profileName)
  const account = await accountOf(agent, user, places)
  return account && join(account.home, '.local/state/nix/profiles', profileName)
}

async function isFolder(path: string): Promise<boolean> {
  return (await leadsSomewhere(path)) && (await stat(path)).isDirectory()
}

/** The generation a profile is at; null for none. */
export async function generationOf(profile: string): Promise<number | null> {
  const link = await readLink(profile).catch((error: NodeJS.ErrnoException) => {
    // What is no link is no profile of Nix's.
    if (error.code === 'EINVAL') return undefined
    throw error
  })
  const number = link?.match(/-([0-9]+)-link$/)?.[1]
  return number === undefined ? null : Number(number)
}

/**
 * What runs, as its profile has it: deploy-rs wraps a NixOS system in a folder of links to it. null where the profile
 * is not that of the NixOS system.
 */
export async function runningOf(
  profile: string,
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<string | null> {
  if (profile !== places.profile) return null
  const running = await realPath(places.running)
  if (running === undefined) return null
  const [own, wrapped] = await Promise.all([realPath(profile), realPath(join(profile, SWITCH))])
  return own !== undefined && wrapped === join(running, SWITCH) ? own : running
}

/** What activates a NixOS system. */
export const SWITCH = 'bin/switch-to-configuration'

/** What of a system only a reboot changes. */
const BOOTED_PARTS = ['kernel', 'initrd', 'kernel-modules']

/** Whether the kernel that runs is another than that of a system, which is its profile's. */
export async function needsReboot(
  profile: string,
  system: string,
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<boolean> {
  if (profile !== places.profile || !(await leadsSomewhere(places.booted))) return false
  const parts = await Promise.all(
    BOOTED_PARTS.map((part) =>
      Promise.all([realPath(join(places.booted, part)), realPath(join(system, part))]),
    ),
  )
  // A container has none of them.
  return parts.some(([has, wants]) => has !== wants)
}
