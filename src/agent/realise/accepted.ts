import { join } from 'node:path'
import * as z from 'zod/mini'
import type { Agent } from '../agent.js'
import { readLink } from '../files.js'
import { releaseNumbers } from '../services/releases.js'

const NIX = ['nix', '--extra-experimental-features', 'nix-command'] as const

/** `nix path-info --json`: a list up to Nix 2.18, by path from 2.19 on; `ca` is an object in the newest. */
const infoSchema = z.union([
  z.array(z.object({ path: z.string(), ca: z.optional(z.unknown()) })),
  z.record(z.string(), z.nullable(z.object({ ca: z.optional(z.unknown()) }))),
])

/**
 * Whether a service may have a package of the store without its derivation: a release of its own has it, it is named by
 * its content, or a key has signed it that the administrator trusts for the whole host.
 */
export async function accepted(agent: Agent, service: string, storePath: string): Promise<boolean> {
  return (
    (await hasRelease(agent, service, storePath)) ||
    (await isContentAddressed(agent, storePath)) ||
    (await isSigned(agent, storePath))
  )
}

/** Whether a release of a service has a package. */
export async function hasRelease(agent: Agent, service: string, storePath: string): Promise<boolean> {
  for (const number of await releaseNumbers(agent, service)) {
    if ((await readLink(join(agent.places.release(service, number), 'package'))) === storePath) return true
  }
  return false
}

async function isSigned(agent: Agent, storePath: string): Promise<boolean> {
  const verify = [...NIX, 'store', 'verify', '--no-contents', '--sigs-needed', '1', storePath]
  return (await agent.run(verify)).code === 0
}

async function isContentAddressed(agent: Agent, storePath: string): Promise<boolean> {
  const { code, stdout } = await agent.run([...NIX, 'path-info', '--json', storePath])
  if (code !== 0) return false
  const parsed = infoSchema.safeParse(parseJson(stdout))
  if (!parsed.success) return false
  const info = Array.isArray(parsed.data)
    ? parsed.data.find(({ path }) => path === storePath)
    : parsed.data[storePath]
  return info?.ca !== undefined && info.ca !== null && info.ca !== ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
