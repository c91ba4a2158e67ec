import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink } from '../files.js'

/** Where Nix's collector finds links to links of ours. */
const AUTO_ROOTS = '/nix/var/nix/gcroots/auto'

const nodeLink = ({ places }: Agent) => join(places.agents, 'node')

/** Whether a root of Nix's collector keeps the agent's Node. */
export async function isRooted(agent: Agent, roots = AUTO_ROOTS): Promise<boolean> {
  const link = nodeLink(agent)
  if ((await readLink(link)) === undefined) return false
  const targets = await Promise.all((await listFolder(roots)).map((name) => targetOf(join(roots, name))))
  return targets.includes(link)
}

/** Registers it as one. */
export async function rootNode(agent: Agent): Promise<void> {
  const link = nodeLink(agent)
  const path = await readLink(link)
  if (path === undefined) throw failed(`there is no ${link}`, { next: 'Run setup again' })
  const argv = ['nix-store', '--realise', path, '--add-root', link, '--indirect']
  const { code, stderr } = await agent.run(argv)
  if (code !== 0)
    throw failed("the agent's Node could not be kept from Nix's collector", { why: stderr.trim() })
}

/** undefined for what is no link, or gone meanwhile: the collector clears there. */
async function targetOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EINVAL') return undefined
    throw error
  }
}
