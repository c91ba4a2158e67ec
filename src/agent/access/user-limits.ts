import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { exists, readText } from '../files.js'
import type { Change } from './deploy-user.js'

/**
 * Processes and threads of the deploy user: some dozen logins of each of several keys, of which each has a Node. More
 * would be taken from sshd, and from others who log in. Root's half of a login ends with the user's.
 */
const TASKS = 1024

/** What pam_limits goes by, where sshd uses it: limits.conf(5). */
const LIMITS_D = 'security/limits.d'

/** The file of what bounds the user. */
export function limitsFile(etc: string): string {
  return join(etc, LIMITS_D, 'slipway.conf')
}

/** Bounds what the logins of all keys together can take, before any of them reaches the agent. */
export async function limitUser(agent: Agent, user: string, change: Change, etc: string): Promise<void> {
  if (!(await exists(join(etc, LIMITS_D)))) return
  const path = limitsFile(etc)
  const text = `# Written by \`slipway setup --deploy-user\`.\n${user} - nproc ${TASKS}\n`
  if ((await readText(path)) === text) return
  if (change(`let ${user} have ${TASKS} processes and threads`)) await agent.files.write(path, text)
}
