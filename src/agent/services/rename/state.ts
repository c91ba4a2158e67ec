import { lstat } from 'node:fs/promises'
import { stateDir } from '../../../contract/paths.js'
import { ItemProblem } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { exists, readLink } from '../../files.js'
import { ensureUser, ownUsers, userExists } from '../users.js'

/** Where `systemd-sysusers` finds no shell to log in with. */
const NO_SHELL = '/usr/sbin/nologin'

/**
 * The new name for the same user, so that what the old instance is at and the new one own the same files.
 * Until {@link forgetUser}, both names mean it.
 */
export async function shareUser(agent: Agent, name: string, old: string): Promise<void> {
  if ((await ownUsers(agent)).includes(name) && (await userExists(agent, name))) return
  if (!(await userExists(agent, old))) return ensureUser(agent, name)
  await agent.files.append(agent.places.users, `${name}\n`, { durable: true })
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
  const own = await ownUsers(agent)
  if (!own.includes(name)) return
  // Never with --remove: its home is the root of the file system.
  if (await userExists(agent, name)) await agent.run(['userdel', '--force', name])
  // The group is the other name's first one, too.
  await agent.run(['groupdel', '--force', name])
  if (await userExists(agent, name)) throw new ItemProblem(`the user ${name} could not be taken away`)
  const left = own.filter((one) => one !== name)
  await agent.files.write(agent.places.users, left.map((one) => `${one}\n`).join(''))
}

/** The state moves; who still knows it by its old path gets there by a link. Safe to repeat. */
export async function moveState(agent: Agent, name: string, old: string): Promise<void> {
  const [from, to] = [stateDir(old), stateDir(name)]
  if ((await isFolder(from)) && !(await exists(to))) await agent.files.move(from, to)
  if ((await isFolder(to)) && !(await exists(from))) await agent.files.link(name, from)
}

/** Safe to repeat. */
export async function moveStateBack(agent: Agent, name: string, old: string): Promise<void> {
  const [from, to] = [stateDir(name), stateDir(old)]
  await forgetOldState(agent, name, old)
  if ((await isFolder(from)) && !(await exists(to))) await agent.files.move(from, to)
}

/** Nobody knows the state by its old path any more. */
export async function forgetOldState(agent: Agent, name: string, old: string): Promise<void> {
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
