import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { KeySession } from '../access/rights.js'
import type { Agent } from '../agent.js'
import { readLink } from '../files.js'

/** How long Nix may take to register a root, in milliseconds: it may have to wait for its collector. */
const ROOT_MS = 120_000

const folderOf = (agent: Agent, { service }: KeySession) => join(agent.places.access, 'realised', service)
const linkOf = (agent: Agent, key: KeySession) => join(folderOf(agent, key), key.name)

/** The package that a key had realised last: kept from Nix' collector until a release has it, or the key another. */
export function realisedBy(agent: Agent, key: KeySession): Promise<string | undefined> {
  return readLink(linkOf(agent, key))
}

export async function keepRealised(agent: Agent, key: KeySession, path: string): Promise<void> {
  await agent.files.makeFolder(folderOf(agent, key))
  const argv = ['nix-store', '--realise', path, '--add-root', linkOf(agent, key), '--indirect']
  const { code, stderr } = await agent.run(argv, { timeoutMs: ROOT_MS })
  if (code !== 0) throw failed(`the package ${path} could not be kept`, { why: stderr.trim() })
}

export async function forgetRealised(agent: Agent, key: KeySession): Promise<void> {
  await agent.files.remove(linkOf(agent, key))
}
