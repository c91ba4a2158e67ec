import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink } from '../files.js'
import { isSecret, versionFile } from './places.js'

/** The folder of a release with a link to each of its secrets. */
const LINKS = 'secrets'

/** Gives a release that is about to be moved to its place its secrets: within the turn of {@link withSecrets}. */
export async function linkSecrets(
  agent: Agent,
  service: string,
  releaseDir: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, version] of Object.entries(secrets)) {
    if (!isSecret(service, name, version)) throw failed(`not a version of a secret: ${name} ${version}`)
    const target = versionFile(agent, service, name, version)
    if (!(await holdsSomething(target))) {
      throw failed(`the secret ${name} of ${service} is no longer on the host: run the command again`)
    }
    await agent.files.makeFolder(join(releaseDir, LINKS))
    await agent.files.link(target, join(releaseDir, LINKS, name))
  }
}

/** The first secret of a release that is not there any more. */
export async function secretsGone(releaseDir: string): Promise<string | undefined> {
  for (const [name, path] of await linksOf(releaseDir)) {
    if (!(await holdsSomething(path))) return name
  }
  return undefined
}

/** The secrets that two releases have in different versions. */
export async function secretsChanged(releaseDir: string, otherDir: string): Promise<string[]> {
  const others = new Map(await linksOf(otherDir))
  return (await linksOf(releaseDir))
    .filter(([name, path]) => others.has(name) && others.get(name) !== path)
    .map(([name]) => name)
}

/** Where the links of a release lead, by name. */
export async function linksOf(releaseDir: string): Promise<[string, string][]> {
  const links: [string, string][] = []
  for (const name of await listFolder(join(releaseDir, LINKS))) {
    const path = await readLink(join(releaseDir, LINKS, name))
    if (path !== undefined) links.push([name, path])
  }
  return links
}

/** A crash may have left an empty file, which is no value. */
export async function holdsSomething(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
