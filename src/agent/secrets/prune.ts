import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { listFolder, readLink } from '../files.js'
import { KEPT, secretFolder, secretNames, versionFile } from './places.js'
import { linksOf } from './release-links.js'
import { withSecrets } from './turns.js'

/** What no release refers to, and the host does not keep, goes. */
export function pruneSecrets(agent: Agent, service: string): Promise<void> {
  return withSecrets(() => sweepSecrets(agent, service))
}

/** A service is gone: so are its secrets, but for those that the host keeps; `purge`: those too. */
export function removeSecrets(agent: Agent, service: string, purge: boolean): Promise<void> {
  if (!purge) return pruneSecrets(agent, service)
  return withSecrets(() => agent.files.remove(join(agent.places.secrets, service)))
}

/** The same within somebody's turn of {@link withSecrets}. */
export async function sweepSecrets(agent: Agent, service: string): Promise<void> {
  const names = await secretNames(agent, service)
  if (names.length === 0) return
  const used = await usedVersions(agent, service)
  for (const name of names) await sweepVersions(agent, service, name, used)
}

async function sweepVersions(
  agent: Agent,
  service: string,
  name: string,
  used: ReadonlySet<string>,
): Promise<void> {
  const folder = secretFolder(agent, service, name)
  const kept = await readLink(join(folder, KEPT))
  let left = 0
  for (const entry of await listFolder(folder)) {
    const path = join(folder, entry)
    // What a crash has left half written is no version: nothing refers to it.
    if (entry === KEPT || entry === kept || used.has(path)) left += 1
    else await agent.files.remove(path)
  }
  if (left === 0) await agent.files.remove(folder)
}

/** The versions that releases refer to, as paths. One that can't be read is an error: nothing is pruned then. */
async function usedVersions(agent: Agent, service: string): Promise<Set<string>> {
  const releases = join(agent.places.service(service), 'releases')
  const used = new Set<string>()
  for (const number of (await listFolder(releases)).filter((name) => /^\d+$/.test(name))) {
    for (const [name, path] of await linksOf(join(releases, number))) {
      // By its last part: the folder may have been reached by another path.
      used.add(versionFile(agent, service, name, path.replace(/^.*\//, '')))
    }
  }
  return used
}
