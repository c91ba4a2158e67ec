import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { exists, readText } from '../files.js'
import { gateFile } from './gate.js'
import type { StoredKey } from './key-record.js'

/** Where other programs have their settings; tests put a folder of their own in its place. */
export const ETC = '/etc'

const DAEMON = 'nix-daemon.service'

/** NixOS is declared, not changed. */
export function isNixos(etc: string): Promise<boolean> {
  return exists(join(etc, 'NIXOS'))
}

/** Makes what sshd and Nix go by anew from the records. */
export async function publishKeys(agent: Agent, keys: readonly StoredKey[], etc = ETC): Promise<void> {
  const lines = keys.map(
    ({ service, name, record }) =>
      `restrict,command="${gateFile(agent)} ${service} ${name}" ${record.key} slipway:${service}/${name}\n`,
  )
  await agent.files.write(join(agent.places.access, 'home/.ssh/authorized_keys'), lines.join(''))
  if (!(await isNixos(etc))) await trustSigningKeys(agent, keys, etc)
}

/** The public keys of Nix whose closures the host takes. */
export function signingKeys(keys: readonly StoredKey[]): string[] {
  return [...new Set(keys.flatMap(({ record }) => record.signing ?? []))].sort()
}

async function trustSigningKeys(agent: Agent, keys: readonly StoredKey[], etc: string): Promise<void> {
  const settings = join(etc, 'nix/slipway.conf')
  const wanted = signingKeys(keys).join(' ')
  const text = (await readText(settings)) ?? ''
  if ((/^extra-trusted-public-keys = (.*)$/m.exec(text)?.[1] ?? '') === wanted) return
  await agent.files.makeFolder(join(etc, 'nix'))
  await agent.files.write(settings, `# Written by \`slipway keys\`.\nextra-trusted-public-keys = ${wanted}\n`)
  await includeSettings(agent, join(etc, 'nix/nix.conf'), `!include ${settings}`)
  await restartDaemon(agent)
}

/** Added to the file itself: it keeps its mode, its owner, and the link that it may be. */
async function includeSettings(agent: Agent, conf: string, line: string): Promise<void> {
  const text = (await readText(conf)) ?? ''
  if (text.split('\n').includes(line)) return
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  await agent.files.append(conf, `${separator}${line}\n`, { durable: true })
}

/** It reads its settings when it starts; builds under way go on. */
async function restartDaemon(agent: Agent): Promise<void> {
  try {
    if ((await agent.systemd.unit(DAEMON)).active !== 'active') return
    const result = await agent.systemd.restart(DAEMON)
    if (result !== 'done') agent.log.warning(`${DAEMON} could not be restarted: ${result}`)
  } catch (error) {
    agent.log.warning(`${DAEMON} could not be restarted: ${String(error)}`)
  }
}
