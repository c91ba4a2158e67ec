import { join } from 'node:path'
import * as z from 'zod/mini'
import type { Agent } from '../agent.js'
import { readLink } from '../files.js'
import { releaseNumbers, serviceNames } from '../services/releases.js'

const NIX = ['nix', '--extra-experimental-features', 'nix-command'] as const

/** `nix path-info --json`: a list up to Nix 2.18, by path from 2.19 on; `ca` is an object in the newest. */
const infoSchema = z.union([
  z.array(z.object({ path: z.string(), ca: z.optional(z.unknown()) })),
  z.record(z.string(), z.nullable(z.object({ ca: z.optional(z.unknown()) }))),
])

/**
 * Why a package that came with a key can't be taken; undefined where it can. Nix's daemon takes from a user it does not
 * trust what is named by a hash of its content, signed or not: so the package itself must be signed. Its signature
 * covers the names of all it needs.
 */
export async function packageProblem(agent: Agent, storePath: string): Promise<string | undefined> {
  if (await isKnown(agent, storePath)) return undefined
  if ((await agent.run(['nix-store', '--check-validity', storePath])).code !== 0) {
    return `the package ${storePath} did not arrive`
  }
  const addressed = await isContentAddressed(agent, storePath)
  if (addressed === undefined) return `the host's Nix does not know the package ${storePath}`
  if (addressed) return `the package ${storePath} is named by its content, which nobody has signed`
  const verify = [...NIX, 'store', 'verify', '--no-contents', '--sigs-needed', '1', storePath]
  if ((await agent.run(verify)).code !== 0) {
    return `the package ${storePath} is not signed by a key that this host trusts`
  }
  return undefined
}

/** Whether a release has it already, be it another service's: somebody with full access brought it, or it was signed. */
async function isKnown(agent: Agent, storePath: string): Promise<boolean> {
  for (const service of await serviceNames(agent)) {
    for (const number of await releaseNumbers(agent, service)) {
      if ((await readLink(join(agent.places.release(service, number), 'package'))) === storePath) return true
    }
  }
  return false
}

async function isContentAddressed(agent: Agent, storePath: string): Promise<boolean | undefined> {
  const { code, stdout } = await agent.run([...NIX, 'path-info', '--json', storePath])
  if (code !== 0) return undefined
  const parsed = infoSchema.safeParse(parseJson(stdout))
  if (!parsed.success) return undefined
  const info = Array.isArray(parsed.data)
    ? parsed.data.find(({ path }) => path === storePath)
    : parsed.data[storePath]
  if (!info) return undefined
  return info.ca !== undefined && info.ca !== null && info.ca !== ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
