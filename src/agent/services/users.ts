import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { changeOwned, ownershipOf } from './owned.js'
import { userId } from './passwd.js'

/** Every service runs as a system user of its own, without shell or home. */

export async function userExists(agent: Agent, name: string): Promise<boolean> {
  return (await userId(agent, name)) !== undefined
}

/** A user of that name that slipway didn't make belongs to somebody else. */
export async function isForeignUser(agent: Agent, name: string): Promise<boolean> {
  if ((await ownershipOf(agent, 'users', name)) !== undefined) return false
  return userExists(agent, name)
}

export async function ensureUser(agent: Agent, name: string): Promise<void> {
  const own = (await ownershipOf(agent, 'users', name)) !== undefined
  const there = await userExists(agent, name)
  if (own && there) return
  // On record first: a user that is ours must never look like somebody else's.
  if (!own) {
    await changeOwned(agent, ({ users }) => {
      users[name] = there ? 'adopted' : 'made'
    })
  }
  if (there) return
  const line = `u ${name} - "slipway service ${name}" - -\n`
  const { code, stderr } = await agent.run(['systemd-sysusers', '-'], { input: line })
  if (code !== 0) throw new ItemProblem(`the user ${name} could not be made: ${stderr.trim()}`)
}

/** Takes a user away that slipway made; one that was there before stays. */
export async function removeUser(agent: Agent, name: string): Promise<void> {
  const how = await ownershipOf(agent, 'users', name)
  if (how === undefined) return
  if (how === 'made' && (await userExists(agent, name))) await agent.run(['userdel', name])
  await changeOwned(agent, ({ users }) => {
    delete users[name]
  })
}
