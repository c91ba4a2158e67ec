import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { changeOwned, ownershipOf } from './owned.js'

/** State directories, which systemd makes for services (`StateDirectory=`). */

/** How long a state directory may take to be deleted, in milliseconds: a disk deletes some 10,000 files a second. */
const REMOVE_MS = 600_000

/** Who has a directory of the service's name that slipway did not make; undefined where there is none. */
export async function foreignState(agent: Agent, service: string): Promise<Stats | undefined> {
  if ((await ownershipOf(agent, 'states', service)) !== undefined) return undefined
  return lstat(agent.places.state(service)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Puts on record that the directory is slipway's, before systemd makes it, or makes it the service's. */
export async function ownState(agent: Agent, service: string): Promise<void> {
  if ((await ownershipOf(agent, 'states', service)) !== undefined) return
  const there = await exists(agent.places.state(service))
  await changeOwned(agent, ({ states }) => {
    states[service] = there ? 'adopted' : 'made'
  })
}

/** Deletes a state directory that slipway made. Resolves to whether one is left: somebody else's, or adopted. */
export async function removeState(agent: Agent, service: string): Promise<boolean> {
  const path = agent.places.state(service)
  if ((await ownershipOf(agent, 'states', service)) === 'made') {
    // rm(1) holds on to folders by descriptor: what the service still runs can't lead it elsewhere by a link.
    const { code, stderr } = await agent.run(['rm', '-rf', '--one-file-system', '--', path], {
      timeoutMs: REMOVE_MS,
    })
    if (code !== 0) throw failed(`${path} could not be deleted`, { why: stderr.trim() })
    await changeOwned(agent, ({ states }) => {
      delete states[service]
    })
  }
  return exists(path)
}
