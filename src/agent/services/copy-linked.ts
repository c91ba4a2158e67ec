import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { exists, listFolder, readLink } from '../files.js'

/** A folder with the same files, which must never change. Nothing where there is no such folder. */
export async function copyLinked(agent: Agent, from: string, to: string): Promise<void> {
  if (!(await exists(from))) return
  await agent.files.makeFolder(to, (await lstat(from)).mode & 0o777)
  for (const name of await listFolder(from)) {
    const [source, target] = [join(from, name), join(to, name)]
    const found = await lstat(source)
    if (found.isDirectory()) await copyLinked(agent, source, target)
    else if (found.isSymbolicLink()) await agent.files.link((await readLink(source)) ?? '', target)
    else if (found.isFile()) await agent.files.hardLink(source, target)
  }
}
