import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { leadsSomewhere } from '../files.js'
import { type Account, accountOf } from './account.js'
import { SYSTEM_PLACES, type SystemPlaces } from './places.js'
import { SWITCH } from './profile.js'
import { DEPLOY_RS } from './switch.js'

/** Why a path can't be activated as a system by a user; else that user. */
export async function ownerOf(
  agent: Agent,
  { path, user }: { path: string; user: string },
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<{ problem: string } | { owner: Account }> {
  if (!(await leadsSomewhere(path))) return { problem: `${path} is not in the Nix store` }
  const programs = await Promise.all([DEPLOY_RS, SWITCH].map((name) => leadsSomewhere(join(path, name))))
  if (!programs.includes(true)) {
    return { problem: `${path} has neither ${SWITCH} nor ${DEPLOY_RS}: it is no system` }
  }
  const owner = await accountOf(agent, user, places)
  return owner ? { owner } : { problem: `the host has no user ${user}` }
}
