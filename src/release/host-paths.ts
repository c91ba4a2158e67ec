/** Where slipway keeps things on a host; `host/base.sh` has the same root. */
export const HOST_ROOT = '/var/lib/slipway'

/** A service's own directory on the host. */
export function serviceDir(service: string): string {
  return `${HOST_ROOT}/services/${service}`
}

/** The release that serves, as the units see it. */
export function currentDir(service: string): string {
  return `${serviceDir(service)}/current`
}

/** The package of the release that serves: a link into the Nix store. */
export function currentPackage(service: string): string {
  return `${currentDir(service)}/package`
}

/** Where a service's state lives (systemd's `StateDirectory=`). */
export function stateDir(service: string): string {
  return `/var/lib/${service}`
}

/** The folder whose snippets a server block includes to serve a domain's routes. */
export function locationsDir(domain: string): string {
  return `${HOST_ROOT}/nginx/locations/${domain}`
}
