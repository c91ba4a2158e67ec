import { SOCKETS_ROOT } from '../contract/paths.js'
import type { Ports } from '../contract/release.js'
import type { Listen, Slot } from '../contract/service.js'

/** Where an instance can be reached on its host. */
export type Endpoint = { tcp: number } | { unix: string }

/** Where the instance in each slot listens. */
export type Endpoints = Record<Slot, Endpoint>

/** Where sockets lay before they had a mount of their own, and lie where a NixOS module runs the service. */
export const PLAIN_SOCKETS = '/run'

/** The folder for the sockets of a `listen: 'unix'` service. */
export function listenFolder(service: string, root = SOCKETS_ROOT): string {
  return `${root}/${service}`
}

/** The socket that the instance of a `listen: 'unix'` service makes; `%i` of its unit is the slot. */
export function listenPath(service: string, slot: Slot | '%i', root = SOCKETS_ROOT): string {
  return `${listenFolder(service, root)}/${slot}.sock`
}

/** The socket systemd makes for `listen: 'socket'`. */
export function socketPath(service: string, slot: Slot | '%i', root = SOCKETS_ROOT): string {
  return `${root}/${service}@${slot}.sock`
}

/**
 * Where instances listen. `ports` are those slipway picked; only `listen: 'port'` uses them. A hard-coded port serves
 * both slots. `root`: where a release has its sockets.
 */
export function endpointsOf(
  service: string,
  listen: Listen,
  ports: Ports | null,
  root = SOCKETS_ROOT,
): Endpoints {
  switch (listen.mode) {
    case 'fixed':
      return { blue: { tcp: listen.port }, green: { tcp: listen.port } }
    case 'port': {
      if (ports === null) throw new Error(`no ports were picked for ${service}`)
      return { blue: { tcp: ports[0] }, green: { tcp: ports[1] } }
    }
    case 'unix':
      return {
        blue: { unix: listenPath(service, 'blue', root) },
        green: { unix: listenPath(service, 'green', root) },
      }
    case 'socket':
      return {
        blue: { unix: socketPath(service, 'blue', root) },
        green: { unix: socketPath(service, 'green', root) },
      }
  }
}

/** The variables that tell the program in a slot where to listen. */
export function listenEnv(
  service: string,
  listen: Listen | undefined,
  ports: Ports | null,
  slot: Slot,
): Record<string, string> {
  if (listen?.mode === 'port' && ports) return { PORT: String(ports[slot === 'blue' ? 0 : 1]) }
  if (listen?.mode === 'unix') return { LISTEN_PATH: listenPath(service, slot) }
  return {}
}
