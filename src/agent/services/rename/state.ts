import { lstat } from 'node:fs/promises'
import { stateDir } from '../../../contract/paths.js'
import { ItemProblem } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { exists, readLink } from '../../files.js'
import { changeOwned, ownershipOf } from '../owned.js'
import { ensureUser, userExists } from '../users.js'

/** Where `systemd-sysusers` finds no shell to log in with. */
const NO_SHELL = '/usr/sbin/nologin'

/**
 * The new name for the same user, so that what the old instance is at and the new one own the same files.
 * Until {@link forgetUser}, both names mean it.
 */
export async function shareUser(agent: Agent, name: string, old: string): Promise<void> {
  if ((await ownershipOf(agent, 'users', name)) !== undefined && (await userExists(agent, name))) return
  if (!(await userExists(agent, old))) return ensureUser(agent, name)
  await changeOwned(agent, ({ users }) => {
    users[name] = 'made'
  })
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => idOf(agent, flag, old)))
  const both = ['--system', '--non-unique']
  await run(agent, ['groupadd', ...both, '--gid', `${gid}`, name])
  await run(agent, [
    ...['useradd', ...both, '--uid', `${uid}`, '--gid', `${gid}`, '--no-create-home', '--home-dir', '/'],
    ...['--shell', NO_SHELL, '--comment', `slipway service ${name}`, name],
  ])
}

/** Takes one of two names of a user away, also while its programs run: the other one is theirs. */
export async function forgetUser(agent: Agent, name: string): Promise<void> {
  const how = await ownershipOf(agent, 'users', name)
  if (how === undefined) return
  if (how === 'made') await takeUserAway(agent, name)
  await changeOwned(agent, ({ users }) => {
    delete users[name]
  })
}

async function takeUserAway(agent: Agent, name: string): Promise<void> {
  // Never with --remove: its home is the root of the file system.
  if (await userExists(agent, name)) await agent.run(['userdel', '--force', name])
  // The group is the other name's first one, too.
  await agent.run(['groupdel', '--force', name])
  if (await userExists(agent, name)) throw new ItemProblem(`the user ${name} could not be taken away`)
}

/** The state moves; who still knows it by its old path gets there by a link. Safe to repeat. */
export async function moveState(agent: Agent, name: string, old: string): Promise<void> {
  const [from, to] = [stateDir(old), stateDir(name)]
  await shareOwnership(agent, old, name)
  if ((await isFolder(from)) && !(await exists(to))) await agent.files.move(from, to)
  if ((await isFolder(to)) && !(await exists(from))) await agent.files.link(name, from)
}

/** Safe to repeat. */
export async function moveStateBack(agent: Agent, name: string, old: string): Promise<void> {
  const [from, to] = [stateDir(name), stateDir(old)]
  await removeLink(agent, name, old)
  if ((await isFolder(from)) && !(await exists(to))) await agent.files.move(from, to)
  await disown(agent, name)
}

/** Nobody knows the state by its old path any more. */
export async function forgetOldState(agent: Agent, name: string, old: string): Promise<void> {
  await removeLink(agent, name, old)
  await disown(agent, old)
}

/** Both names own it while it may move back. */
async function shareOwnership(agent: Agent, old: string, name: string): Promise<void> {
  const how = await ownershipOf(agent, 'states', old)
  if (how === undefined) return
  await changeOwned(agent, ({ states }) => {
    states[name] = how
  })
}

async function disown(agent: Agent, name: string): Promise<void> {
  if ((await ownershipOf(agent, 'states', name)) === undefined) return
  await changeOwned(agent, ({ states }) => {
    delete states[name]
  })
}

async function removeLink(agent: Agent, name: string, old: string): Promise<void> {
  const path = stateDir(old)
  if ((await exists(path)) && !(await isFolder(path)) && (await readLink(path)) === name) {
    await agent.files.remove(path)
  }
}

/** Whether there is a folder, not a link to one. */
async function isFolder(path: string): Promise<boolean> {
  return (await exists(path)) && (await lstat(path)).isDirectory()
}

async function idOf(agent: Agent, flag: string, user: string): Promise<number> {
  const { code, stdout } = await agent.run(['id', flag, '--', user])
  if (code !== 0 || !/^\d+\n$/.test(stdout)) throw new ItemProblem(`the user ${user} could not be looked up`)
  return Number(stdout)
}

async function run(agent: Agent, argv: string[]): Promise<void> {
  const { code, stderr } = await agent.run(argv)
  if (code !== 0) throw new ItemProblem(`the user could not get its new name: ${stderr.trim()}`)
}
