import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { gateFile, gateWords } from './gate.js'
import type { StoredKey } from './key-record.js'

/** Where other programs have their settings; tests put a folder of their own in its place. */
export const ETC = '/etc'

/** NixOS is declared, not changed. */
export function isNixos(etc: string): Promise<boolean> {
  return exists(join(etc, 'NIXOS'))
}

/** Makes what sshd goes by anew from the records. */
export async function publishKeys(agent: Agent, keys: readonly StoredKey[]): Promise<void> {
  const lines = keys.map(({ record, ...key }) => {
    const [service, name] = gateWords(key)
    return `restrict,command="${gateFile(agent)} ${service} ${name}" ${record.key} slipway:${service}/${name}\n`
  })
  await agent.files.write(join(agent.places.access, 'home/.ssh/authorized_keys'), lines.join(''))
}
