import { join } from 'node:path'
import * as z from 'zod/mini'
import {
  activationIdSchema,
  guardSchema,
  ITEM_STATES,
  type ItemState,
  itemSchema,
  nonceSchema,
} from '../../contract/activation.js'
import { keySchema } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { exists, listFolder, readText } from '../files.js'

/**
 * What is known of an activation on the disk:
 *
 * guards/<id>/
 *   guard.json                   who deploys what, and how it is guarded
 *   owner                        which process may carry it on
 *   events                       what was told, a JSON object a line
 *   items/<name>/record.json     what is to change and what to put back
 *   items/<name>/state-<state>   an empty file. Its name is the state; rename(2) moves an item on, so it is in
 *                                exactly one, and of two that try only one succeeds
 *   ended                        nothing is left to decide
 */
export const guardFileSchema = z.strictObject({
  version: z.literal(1),
  id: activationIdSchema,
  who: z.string(),
  what: z.string(),
  /** The key that it came with. */
  key: z.nullable(keySchema),
  /** The connection that it came over, as sshd names it: a confirmation must come over another. */
  connection: z.string(),
  /** The boot in which it began. */
  boot: z.string(),
  nonce: nonceSchema,
  settings: guardSchema,
  items: z.array(itemSchema),
})
export type GuardFile = z.infer<typeof guardFileSchema>

export const ITEMS = 'items'
export const EVENTS = 'events'
export const ENDED = 'ended'
export const OWNER = 'owner'
/** There once the deployer has been here again since the activation began. */
export const SEEN = 'seen'

export function itemDir(guardDir: string, name: string): string {
  return join(guardDir, ITEMS, name)
}

/** The guard in a folder; undefined where there is none. Throws for what can't be understood. */
export async function readGuard(dir: string): Promise<GuardFile | undefined> {
  const text = await readText(join(dir, 'guard.json'))
  return text === undefined ? undefined : guardFileSchema.parse(JSON.parse(text))
}

export async function hasEnded(dir: string): Promise<boolean> {
  return exists(join(dir, ENDED))
}

const PREFIX = 'state-'

/** How often a folder is read again in which a rename may have hidden the state. */
const STATE_TRIES = 3

/** The state of an item; undefined where nothing of it is on record yet. */
export async function itemState(dir: string): Promise<ItemState | undefined> {
  for (let left = STATE_TRIES; left > 0; left -= 1) {
    const name = (await listFolder(dir)).find((entry) => entry.startsWith(PREFIX))
    const state = ITEM_STATES.find((known) => name === PREFIX + known)
    if (state !== undefined) return state
  }
  return undefined
}

export async function setFirstState(agent: Agent, dir: string, state: ItemState): Promise<void> {
  await agent.files.touch(join(dir, PREFIX + state))
}

/** Moves an item on, for good when this ends. Resolves to whether it was in the state it is to leave. */
export async function moveItem(agent: Agent, dir: string, from: ItemState, to: ItemState): Promise<boolean> {
  try {
    await agent.files.move(join(dir, PREFIX + from), join(dir, PREFIX + to))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
