import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import * as z from 'zod/mini'
import type { Agent } from '../agent.js'
import { exists, readText } from '../files.js'
import { userId } from './passwd.js'
import { readRelease, releaseNumbers, serviceNames } from './releases.js'

/** `made`: slipway made it, and may take it away; `adopted`: it was there before, and stays. */
const ownershipSchema = z.enum(['made', 'adopted'])
export type Ownership = z.infer<typeof ownershipSchema>

const ownedSchema = z.strictObject({
  version: z.literal(1),
  users: z.record(z.string(), ownershipSchema),
  states: z.record(z.string(), ownershipSchema),
})

/** The system users and state directories that are slipway's, by name. What is not listed is somebody else's. */
export type Owned = z.infer<typeof ownedSchema>

const turn = pLimit(1)

export async function readOwned(agent: Agent): Promise<Owned> {
  const text = await readText(agent.places.owned)
  if (text === undefined) return ownedBefore(agent)
  try {
    return ownedSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${agent.places.owned} can't be read: ${error instanceof Error ? error.message : error}`)
  }
}

/** How a user or a state directory came to be slipway's; undefined: it is not. */
export async function ownershipOf(
  agent: Agent,
  kind: 'users' | 'states',
  name: string,
): Promise<Ownership | undefined> {
  const list = (await readOwned(agent))[kind]
  // A service may be called as something that every object has: `constructor`.
  return Object.hasOwn(list, name) ? list[name] : undefined
}

/** Changes the list, on the disk when this ends; services that are activated side by side do so in turns. */
export function changeOwned(agent: Agent, change: (owned: Owned) => void): Promise<void> {
  return turn(async () => {
    const owned = await readOwned(agent)
    change(owned)
    await agent.files.write(agent.places.owned, `${JSON.stringify(owned)}\n`)
    await agent.files.remove(agent.places.users)
  })
}

/** Has what hosts of older versions know on the list. */
export async function migrateOwned(agent: Agent): Promise<void> {
  if (await exists(agent.places.owned)) return
  await changeOwned(agent, () => undefined)
}

/**
 * What slipway made before there was a list: users were listed by name. State directories were not, so those that
 * releases use count, and what belongs to one of the users, whose service may have been removed.
 */
async function ownedBefore(agent: Agent): Promise<Owned> {
  const users = ((await readText(agent.places.users)) ?? '').split('\n').filter(Boolean)
  const states: Owned['states'] = {}
  for (const name of await serviceNames(agent)) {
    if (await usesState(agent, name)) states[name] = 'made'
  }
  for (const name of users) {
    const id = await userId(agent, name)
    const there = await lstat(agent.places.state(name)).catch(() => undefined)
    if (id !== undefined && there?.isDirectory() && there.uid === id) states[name] = 'made'
  }
  return { version: 1, users: Object.fromEntries(users.map((name) => [name, 'made'] as const)), states }
}

async function usesState(agent: Agent, service: string): Promise<boolean> {
  for (const number of await releaseNumbers(agent, service)) {
    if (!(await exists(join(agent.places.release(service, number), 'release.json')))) continue
    // One that can't be read says nothing, and is told of where somebody wants to change it.
    const release = await readRelease(agent, service, number).catch(() => undefined)
    if (release?.layout.state) return true
  }
  return false
}
