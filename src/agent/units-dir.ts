import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from './agent.js'

/** Where an administrator's units are. */
const SYSTEM_UNITS = '/etc/systemd/system'
/** Where portablectl(1) attaches units: systemd looks there at boot also on a NixOS that knows nothing of slipway. */
const ATTACHED_UNITS = '/etc/systemd/system.attached'
/** Why a folder can't be written to, where that is how it is meant to be. */
const READ_ONLY = new Set(['EACCES', 'EROFS', 'ENOENT', 'ENOTDIR', 'EPERM'])

/** Where units may be written: NixOS keeps /etc/systemd/system read-only. */
export async function unitDir(agent: Agent, system = SYSTEM_UNITS): Promise<string> {
  try {
    await access(system, constants.W_OK)
    return system
  } catch (error) {
    if (!READ_ONLY.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    return join(agent.places.root, 'units')
  }
}

/** Where a unit may be written that systemd looks for at boot. */
export async function persistentUnitDir(agent: Agent, system = SYSTEM_UNITS): Promise<string> {
  const at = await unitDir(agent, system)
  if (at === system || (await agent.systemd.unitPath()).includes(at)) return at
  return ATTACHED_UNITS
}
