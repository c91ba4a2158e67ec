import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink } from '../files.js'

/** How long Nix may take to register a root, in milliseconds: it may have to wait for its collector. */
const ROOT_MS = 120_000

const realised = (agent: Agent) => join(agent.places.access, 'realised')
const folderOf = (agent: Agent, service: string) => join(realised(agent), service)
/** No name of a key begins with a colon: a key for this service alone may have the same one. */
const nameOf = (key: Key) => (key.service === null ? `:${key.name}` : key.name)
const linkOf = (agent: Agent, key: Key, service: string) => join(folderOf(agent, service), nameOf(key))

/** The package that a key had realised last for a service: kept from Nix' collector until a release has it, or the key another. */
export function realisedBy(agent: Agent, key: Key, service: string): Promise<string | undefined> {
  return readLink(linkOf(agent, key, service))
}

export async function keepRealised(agent: Agent, key: Key, service: string, path: string): Promise<void> {
  await agent.files.makeFolder(folderOf(agent, service))
  const argv = ['nix-store', '--realise', path, '--add-root', linkOf(agent, key, service), '--indirect']
  const { code, stderr } = await agent.run(argv, { timeoutMs: ROOT_MS })
  if (code !== 0) throw failed(`the package ${path} could not be kept`, { why: stderr.trim() })
}

export async function forgetRealised(agent: Agent, key: Key): Promise<void> {
  const services = key.service === null ? await listFolder(realised(agent)) : [key.service]
  for (const service of services) await agent.files.remove(linkOf(agent, key, service))
}
