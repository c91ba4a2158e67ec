import { readFile } from 'node:fs/promises'
import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'

/** Every service runs as a system user of its own, without shell or home. */

const PASSWD = '/etc/passwd'

/** Whether the host has a user: in its own list, or in one that its name service asks elsewhere. */
export async function userExists(agent: Agent, name: string): Promise<boolean> {
  const text = await readFile(PASSWD, 'utf8')
  if (text.split('\n').some((line) => line.startsWith(`${name}:`))) return true
  const { code } = await agent.run(['getent', 'passwd', name])
  if (code === 0) return true
  if (code === 2) return false
  throw new Error(`getent could not tell whether there is a user ${name}`)
}

/** The system users slipway made. */
export async function ownUsers(agent: Agent): Promise<string[]> {
  return ((await readText(agent.places.users)) ?? '').split('\n').filter(Boolean)
}

/** A user of that name that slipway didn't make belongs to somebody else. */
export async function isForeignUser(agent: Agent, name: string): Promise<boolean> {
  if ((await ownUsers(agent)).includes(name)) return false
  return userExists(agent, name)
}

export async function ensureUser(agent: Agent, name: string): Promise<void> {
  const own = (await ownUsers(agent)).includes(name)
  if (own && (await userExists(agent, name))) return
  // On record first: a user that is ours must never look like somebody else's.
  if (!own) await agent.files.append(agent.places.users, `${name}\n`, { durable: true })
  const line = `u ${name} - "slipway service ${name}" - -\n`
  const { code, stderr } = await agent.run(['systemd-sysusers', '-'], { input: line })
  if (code !== 0) throw new ItemProblem(`the user ${name} could not be made: ${stderr.trim()}`)
}

export async function removeUser(agent: Agent, name: string): Promise<void> {
  const own = await ownUsers(agent)
  if (!own.includes(name)) return
  if (await userExists(agent, name)) await agent.run(['userdel', name])
  const left = own.filter((one) => one !== name)
  await agent.files.write(agent.places.users, left.map((one) => `${one}\n`).join(''))
}
