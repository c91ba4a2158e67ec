import { isDeepStrictEqual } from 'node:util'
import { resolveHost } from '../config/resolve.js'
import type { HostConfig } from '../config/resolved.js'
import type { Merged } from './merge.js'
import { nixPath } from './read-deploy.js'

/** A profile of a node with what holds for it. */
export interface Login {
  profile: string
  /** Whether it is to be deployed. */
  selected: boolean
  settings: Merged
}

const LOGIN_SETTINGS = ['sshUser', 'sshOpts', 'sudo', 'fastConnection', 'remoteBuild'] as const

/**
 * A node as a host. deploy-rs logs in for each profile, as that profile says. Here one login does the work of a
 * host, as root since only root can guard it: that of the first profile meant which shows that it is or can become
 * root, else of the first other profile that does, else of the first.
 */
export function nodeHost(
  node: string,
  name: string,
  hostname: string,
  logins: readonly Login[],
): { host: HostConfig; notes: string[] } {
  const meant = logins.filter(({ selected }) => selected)
  const lead = [...meant, ...logins].find(({ settings }) => reachesRoot(settings)) ?? meant[0]
  const { sshUser, sshOpts = [], sudo, fastConnection = false, remoteBuild = false } = lead?.settings ?? {}
  const host = resolveHost(name, {
    ssh: sshUser === undefined ? hostname : `${sshUser}@${hostname}`,
    options: sshOpts,
    become: sudo === undefined ? undefined : `${sudo} root`,
    build: remoteBuild ? 'host' : undefined,
    substitutes: !fastConnection,
  })
  const notes = meant.flatMap(({ profile, settings }) => {
    const other = LOGIN_SETTINGS.filter((key) => !isDeepStrictEqual(settings[key], lead?.settings[key]))
    if (other.length === 0) return []
    const path = nixPath(['deploy', 'nodes', node, 'profiles', profile])
    const come = `${other.join(' and ')} come${other.length === 1 ? 's' : ''}`
    return `${path}: ${come} from profile "${lead?.profile}", since one login does the work of a host`
  })
  return { host, notes }
}

function reachesRoot({ sshUser, user }: Merged): boolean {
  return sshUser === 'root' || user === 'root'
}
