import type { ForeignReport } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { userName } from '../services/passwd.js'
import { foreignState } from '../services/state.js'
import { isForeignUser } from '../services/users.js'

/** The bits of a mode that chmod(1) sets. */
const PERMISSIONS = 0o7777

/** What the host has of a service's name that slipway did not make; empty where there is nothing. */
export async function foreignOf(agent: Agent, service: string): Promise<ForeignReport[]> {
  const [user, there] = await Promise.all([isForeignUser(agent, service), foreignState(agent, service)])
  if (!user && there === undefined) return []
  const state = there && {
    owner: (await userName(agent, there.uid)) ?? String(there.uid),
    mode: (there.mode & PERMISSIONS).toString(8).padStart(4, '0'),
  }
  return [{ service, user, state: state ?? null }]
}
