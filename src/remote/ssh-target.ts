import type { HostConfig } from '../config/resolved.js'
import { parseSshHost } from '../config/ssh-host.js'

/** How long a host may take to answer a new connection. */
const CONNECT_TIMEOUT_SECONDS = 10
/** A connection that stays silent for three of these is given up. */
const ALIVE_INTERVAL_SECONDS = 5

/** What ssh is called with for a host. */
export interface SshTarget {
  /** `user@host`, or a name of `~/.ssh/config`. */
  destination: string
  options: string[]
}

/**
 * What ~/.ssh/config says for people at a terminal, and would break commands: see ssh_config(5). The first value counts,
 * so they come before all others. `-tt` still gets a terminal where it follows.
 */
export const SESSION_OPTIONS: readonly string[] = [
  'RemoteCommand=none',
  'RequestTTY=no',
  'ClearAllForwardings=yes',
].flatMap((setting) => ['-o', setting])

/** A config's host as ssh takes it; `rehearse:NAME` is looked up. */
export async function sshTarget(host: HostConfig): Promise<SshTarget> {
  if (!host.ssh.startsWith('rehearse:')) {
    const { user, host: name, port } = parseSshHost(host.ssh)
    const options = [...SESSION_OPTIONS, ...(port === undefined ? [] : ['-p', String(port)]), ...host.options]
    return { destination: user === undefined ? name : `${user}@${name}`, options }
  }
  const { sshTarget: rehearsal } = await import('../rehearse/index.js')
  const target = await rehearsal(host.ssh.slice('rehearse:'.length))
  return {
    destination: target.destination,
    options: [...SESSION_OPTIONS, ...target.options, ...host.options],
  }
}

/** Options for every connection of ours. Without a terminal ssh must fail rather than ask. */
export function commonOptions(interactive: boolean): string[] {
  return [
    ['ConnectTimeout', CONNECT_TIMEOUT_SECONDS],
    ['ServerAliveInterval', ALIVE_INTERVAL_SECONDS],
    ...(interactive ? [] : [['BatchMode', 'yes']]),
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`])
}
