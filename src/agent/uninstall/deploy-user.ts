import { setTimeout as sleep } from 'node:timers/promises'
import { failed } from '../../contract/failure.js'
import { deployUser } from '../access/deploy-user.js'
import { ETC, isNixos } from '../access/publish.js'
import { sudoRule } from '../access/sudo.js'
import { limitsFile } from '../access/user-limits.js'
import type { Agent } from '../agent.js'
import { userId } from '../services/passwd.js'

/** What userdel(8) ends with while processes of the user run: those of its logins take a moment to end. */
const IN_USE = 8
/** How often, and with how many milliseconds between, it is tried then: sshd ends within five seconds. */
const TRIES = 20
const PAUSE_MS = 250

/**
 * Takes away the user that keys logged in as, with what it was allowed. Resolves to its name; null where there is none,
 * or NixOS has it: that is declared, not changed.
 */
export async function removeDeployUser(agent: Agent, etc = ETC): Promise<string | null> {
  const name = await deployUser(agent)
  if (name === undefined) return null
  await agent.files.remove(sudoRule(name, etc))
  await agent.files.remove(limitsFile(etc))
  const nixos = await isNixos(etc)
  if (!nixos && (await userId(agent, name)) !== undefined) await deleteUser(agent, name)
  await agent.files.remove(agent.places.access)
  return nixos ? null : name
}

async function deleteUser(agent: Agent, name: string): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    const { code, stderr } = await agent.run(['userdel', name])
    if (code === 0) return
    if (code !== IN_USE || tried === TRIES) {
      throw failed(`the user ${name} could not be removed`, { why: stderr.trim() })
    }
    await sleep(PAUSE_MS)
  }
}
