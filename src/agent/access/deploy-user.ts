import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { SetupNote } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import type { Ended } from '../run.js'
import { gateFile, gateText } from './gate.js'
import { migrateKeys } from './key-record.js'
import { ETC, isNixos } from './publish.js'
import { allowGate } from './sudo.js'
import { limitUser } from './user-limits.js'

/** Debian lets only this group talk to Nix's daemon. */
const NIX_USERS_GROUP = 'nix-users'
/** What getent(1) says of a key that isn't there. */
const GETENT_NOT_FOUND = 2

/** Tells of a change, and whether it is to be made. */
export type Change = (text: string) => boolean

const userFile = (agent: Agent) => join(agent.places.access, 'user')

/** The user that keys log in as; undefined where there is none. */
export async function deployUser(agent: Agent): Promise<string | undefined> {
  return (await readText(userFile(agent)))?.trim() || undefined
}

/** Makes the deploy user, or says what a NixOS configuration needs for it. `dry`: says what it would do. */
export async function prepareUser(agent: Agent, name: string, dry: boolean, etc = ETC): Promise<SetupNote[]> {
  const notes: SetupNote[] = []
  const change: Change = (text) => {
    notes.push({ kind: 'change', text })
    return !dry
  }
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) throw failed(`not a name for a user: ${name}`)
  const known = await deployUser(agent)
  if (known !== undefined && known !== name) throw failed(`the deploy user of this host is ${known}`)
  const nixos = await isNixos(etc)
  const there = await hasUser(agent, name)
  if (known === undefined && there && !nixos) {
    throw failed(`the host already has a user ${name} that slipway did not make; choose another name`)
  }
  await placeGate(agent, name, known === name, change)
  if (nixos) {
    if (!there) notes.push({ kind: 'manual', text: nixosLines(agent, name) })
    return notes
  }
  if (!there) await makeUser(agent, name, change)
  await joinNixUsers(agent, name, there || !dry, change)
  await limitUser(agent, name, change, etc)
  const problem = await allowGate(agent, name, change, etc)
  if (problem !== undefined) notes.push({ kind: 'manual', text: problem })
  return notes
}

async function placeGate(agent: Agent, name: string, known: boolean, change: Change): Promise<void> {
  const { access, agents } = agent.places
  const text = gateText(agents)
  if (known && (await readText(gateFile(agent))) === text) return
  if (!change(`let ${name} deploy, through ${gateFile(agent)}`)) return
  for (const folder of ['', 'keys', 'home', 'home/.ssh']) await agent.files.makeFolder(join(access, folder))
  await migrateKeys(agent)
  await agent.files.write(gateFile(agent), text, 0o755)
  // Last: without it nothing of the above counts.
  await agent.files.write(userFile(agent), `${name}\n`)
}

async function makeUser(agent: Agent, name: string, change: Change): Promise<void> {
  if (!change(`make the user ${name}: no password, no rights but to deploy`)) return
  await must(agent, [
    ...['useradd', '--system', '--user-group', '--no-create-home'],
    ...['--home-dir', join(agent.places.access, 'home'), '--shell', '/bin/sh'],
    ...['--comment', 'deploys with slipway', name],
  ])
  // No password fits, and sshd does not take the account for a locked one.
  await must(agent, ['usermod', '-p', '*', name])
}

async function joinNixUsers(agent: Agent, name: string, there: boolean, change: Change): Promise<void> {
  if (!(await inDatabase(agent, 'group', NIX_USERS_GROUP))) return
  if (there && (await groupsOf(agent, name)).includes(NIX_USERS_GROUP)) return
  if (change(`let ${name} talk to Nix's daemon`)) {
    await must(agent, ['usermod', '-aG', NIX_USERS_GROUP, name])
  }
}

function nixosLines(agent: Agent, name: string): string {
  return `add to the NixOS configuration, and switch to it:
  users.groups.${name} = { };
  users.users.${name} = { isSystemUser = true; group = "${name}"; home = "${agent.places.access}/home"; shell = "/bin/sh"; hashedPassword = "*"; };
  security.sudo.extraRules = [ { users = [ "${name}" ]; commands = [ { command = "${gateFile(agent)}"; options = [ "NOPASSWD" ]; } ]; } ];`
}

function hasUser(agent: Agent, name: string): Promise<boolean> {
  return inDatabase(agent, 'passwd', name)
}

async function inDatabase(agent: Agent, database: 'passwd' | 'group', key: string): Promise<boolean> {
  const argv = ['getent', database, key]
  const ended = await agent.run(argv)
  if (ended.code === 0) return true
  if (ended.code === GETENT_NOT_FOUND) return false
  throw problem(argv, ended)
}

async function groupsOf(agent: Agent, name: string): Promise<string[]> {
  return (await must(agent, ['id', '-nG', name])).stdout.trim().split(/\s+/)
}

async function must(agent: Agent, argv: readonly string[]): Promise<Ended> {
  const ended = await agent.run(argv)
  if (ended.code === 0) return ended
  throw problem(argv, ended)
}

function problem(argv: readonly string[], { code, stderr }: Ended) {
  return failed(`\`${argv.join(' ')}\` failed`, { why: stderr.trim() || `It exited with status ${code}.` })
}
