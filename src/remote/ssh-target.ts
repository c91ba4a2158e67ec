import type { HostConfig } from '../config/resolved.js'

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

/** A config's host as ssh takes it; `rehearse:NAME` is looked up. */
export async function sshTarget(host: HostConfig): Promise<SshTarget> {
  if (!host.ssh.startsWith('rehearse:')) return { destination: host.ssh, options: host.options }
  const { sshTarget: rehearsal } = await import('../rehearse/index.js')
  const target = await rehearsal(host.ssh.slice('rehearse:'.length))
  return { destination: target.destination, options: [...target.options, ...host.options] }
}

/** Options for every connection of ours. Without a terminal ssh must fail rather than ask. */
export function commonOptions(interactive: boolean): string[] {
  return [
    ['ConnectTimeout', CONNECT_TIMEOUT_SECONDS],
    ['ServerAliveInterval', ALIVE_INTERVAL_SECONDS],
    ...(interactive ? [] : [['BatchMode', 'yes']]),
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`])
}
