import { basename, join } from 'node:path'
import type { Agent } from '../agent.js'
import { listFolder, readLink } from '../files.js'
import { BUNDLE } from './own-bundle.js'

/** The file of a version that was brought. */
export function bundlePath({ places }: Agent, hash: string): string {
  return join(places.agents, hash, BUNDLE)
}

/** The version that starts with the host; undefined where none was brought. */
export async function currentVersion({ places }: Agent): Promise<string | undefined> {
  const link = await readLink(join(places.agents, 'current'))
  return link === undefined ? undefined : basename(link)
}

export async function makeCurrent(agent: Agent, hash: string): Promise<void> {
  await agent.files.link(hash, join(agent.places.agents, 'current'))
}

/** Removes all versions but these. */
export async function keepVersions(agent: Agent, kept: readonly (string | undefined)[]): Promise<void> {
  const { agents } = agent.places
  for (const name of await listFolder(agents)) {
    if (/^[0-9a-f]{16}$/.test(name) && !kept.includes(name)) await agent.files.remove(join(agents, name))
  }
}
