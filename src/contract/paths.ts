/** Where slipway keeps things on a host. */
export const HOST_ROOT = '/var/lib/slipway'
/** Where it keeps what a reboot may take. */
export const RUN_ROOT = '/run/slipway'
/** The folder of the agent's socket, under /run: it goes when the agent ends, so what is there is being listened on. */
export const AGENT_RUNTIME = 'slipway-agent'
export const AGENT_SOCKET = `/run/${AGENT_RUNTIME}/agent.sock`
/**
 * Where services have their sockets: a mount of its own on which no link is followed (`nosymfollow`), since a program
 * may put one in the place of its socket.
 */
export const SOCKETS_ROOT = '/run/slipway-sockets'
/** Where the agent and its Node lie: `current` leads to a version, `node` into the Nix store. */
export const AGENT_ROOT = `${HOST_ROOT}/agent`
/** The agent's unit. */
export const AGENT_UNIT = 'slipway-agent.service'

/** A service's own directory on the host. */
export function serviceDir(service: string): string {
  return `${HOST_ROOT}/services/${service}`
}

/**
 * Exists for the current slot, and for that of its canary: systemd asks for it at boot. For green it is a folder with
 * a file for each hundredth of the requests that goes there.
 */
export function currentMark(service: string, slot: string): string {
  return `${serviceDir(service)}/current/${slot}`
}

/** The release that serves, as the units of workers and timers see it. */
export function currentDir(service: string): string {
  return `${serviceDir(service)}/current/release`
}

/** The release in a slot, as its unit sees it: `%i` is the slot. */
export function slotDir(service: string): string {
  return `${serviceDir(service)}/slots/%i/release`
}

/** Exists while the instance in a slot is to run without being the current one. */
export function slotRunMark(service: string, slot: string): string {
  return `/run/slipway-slots/${service}@${slot}`
}

/** What all services may use of a host, together: see systemd.resource-control(5). */
export const SLICE = 'slipway.slice'

/** Exists while requests wait for the next instance of a hard-coded port. */
export function holdMark(service: string): string {
  return `/run/slipway-hold/${service}`
}

/** The sockets in which they wait, in turns. */
export function queueSocket(service: string, slot: string): string {
  return `/run/${service}@queue-${slot}.sock`
}

/** A link to the one whose turn it is. */
export function queueLink(service: string): string {
  return `/run/${service}@queue.sock`
}

/** Exists while a service is closed for maintenance. */
export function maintenanceMark(service: string): string {
  return `${HOST_ROOT}/maintenance/${service}`
}

/** Where a service's state lives (systemd's `StateDirectory=`). */
export function stateDir(service: string): string {
  return `/var/lib/${service}`
}

/** What folders and files of a domain are named: `*` would stand for several of them where nginx includes files. */
export function domainFolder(domain: string): string {
  return domain.replace(/^\*/, '_')
}

/** Where the binary caches of a host lie, and of one of them what everybody may read: a folder that Nix calls `file://`. */
export const CACHES_ROOT = `${HOST_ROOT}/caches`
export function cacheFiles(cache: string): string {
  return `${CACHES_ROOT}/${cache}/files`
}

/** The folder whose snippets a server block includes to serve a domain's routes. */
export function locationsDir(domain: string): string {
  return `${HOST_ROOT}/nginx/locations/${domainFolder(domain)}`
}
