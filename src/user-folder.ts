import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where a user's own keys lie unless they say otherwise (XDG Base Directory Specification). */
export function userFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'slipway')
}
