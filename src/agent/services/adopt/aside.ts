import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Agent } from '../../agent.js'
import { exists, listFolder, readLink, readText } from '../../files.js'

/**
 * What was on the host before a service took its place, kept under its whole path: to be put back, and for people to
 * look up once it can't be any more.
 */
export function asideFolder(agent: Agent, service: string): string {
  return join(agent.places.adopted, service)
}

/** Keeps a copy of a file or a link. One that is kept already stays as it is. */
export async function keepCopy(agent: Agent, folder: string, path: string): Promise<void> {
  const kept = join(folder, path)
  if ((await exists(kept)) || !(await exists(path))) return
  await agent.files.makeFolder(dirname(kept))
  await copy(agent, path, kept)
}

/** The same, and takes it away from where it was. */
export async function setAside(agent: Agent, folder: string, path: string): Promise<void> {
  await keepCopy(agent, folder, path)
  await agent.files.remove(path)
}

/** Puts all that is kept back to where it was. */
export async function putBack(agent: Agent, folder: string, below = '/'): Promise<void> {
  for (const name of await listFolder(join(folder, below))) {
    const path = join(below, name)
    const kept = join(folder, path)
    const found = await lstat(kept)
    if (found.isDirectory()) await putBack(agent, folder, path)
    else if (found.isSymbolicLink()) await copy(agent, kept, path)
    else {
      await agent.files.makeFolder(dirname(path))
      await agent.files.rewrite(path, (await readText(kept)) ?? '')
      await agent.files.setMode(path, found.mode & 0o7777)
    }
  }
}

async function copy(agent: Agent, from: string, to: string): Promise<void> {
  const found = await lstat(from)
  await agent.files.makeFolder(dirname(to))
  if (found.isSymbolicLink()) await agent.files.link((await readLink(from)) ?? '', to)
  else await agent.files.write(to, (await readText(from)) ?? '', found.mode & 0o7777)
}
