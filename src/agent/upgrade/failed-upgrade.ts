import { join } from 'node:path'
import * as z from 'zod/mini'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'

/** The bundle that was brought last and did not run: its deployer asks for it. */
const failedUpgradeSchema = z.strictObject({
  version: z.literal(1),
  hash: z.string(),
  /** Seconds since 1970. */
  at: z.number(),
  why: z.string(),
})

const file = ({ places }: Agent) => join(places.agents, 'upgrade-failed.json')

/** Why the bundle that was brought last does not run; undefined where it does, or none was brought. */
export async function failedUpgrade(agent: Agent): Promise<{ hash: string; why: string } | undefined> {
  const text = await readText(file(agent))
  if (text === undefined) return undefined
  const { hash, why } = failedUpgradeSchema.parse(JSON.parse(text))
  return { hash, why }
}

export async function recordFailedUpgrade(agent: Agent, hash: string, why: string): Promise<void> {
  const record: z.infer<typeof failedUpgradeSchema> = {
    version: 1,
    hash,
    at: Math.floor(Date.now() / 1000),
    why,
  }
  await agent.files.write(file(agent), `${JSON.stringify(record)}\n`)
}

export async function forgetFailedUpgrade(agent: Agent): Promise<void> {
  await agent.files.remove(file(agent))
}
