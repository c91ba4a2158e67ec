import { join } from 'node:path'
import type { Agent } from '../../agent.js'
import { exists, listFolder, readText } from '../../files.js'

/**
 * A service on its way to another name is there twice: under the old one as it was, under the new one as an activation
 * of its own. `services/<new>/renames` holds the old name until that is gone. Once the new one has a current release,
 * nginx gets its routes and not the old one's: so one rename moves them there, and taking it back moves them back.
 */
const MARK = 'renames'

export async function markRename(agent: Agent, name: string, old: string): Promise<void> {
  await agent.files.makeFolder(agent.places.service(name))
  await agent.files.write(join(agent.places.service(name), MARK), `${old}\n`)
}

/** The old name is gone: who gets it next has nothing to do with it. */
export async function forgetRename(agent: Agent, old: string): Promise<void> {
  for (const name of await listFolder(agent.places.services)) {
    if ((await renamesWhich(agent, name)) !== old) continue
    await agent.files.remove(join(agent.places.service(name), MARK))
  }
}

/** The service that a service is the new name of; undefined: of none. */
export async function renamesWhich(agent: Agent, name: string): Promise<string | undefined> {
  return (await readText(join(agent.places.service(name), MARK)))?.trim()
}

/** Services whose routes are those of their new names by now. */
export async function renamedAway(agent: Agent, names: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(
    names.map(async (name) => {
      const old = await renamesWhich(agent, name)
      return old !== undefined && (await exists(join(agent.places.service(name), 'current'))) ? [old] : []
    }),
  )
  return new Set(found.flat())
}
