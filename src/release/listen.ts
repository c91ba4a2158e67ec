import { SOCKETS_ROOT } from '../contract/paths.js'
import type { Ports } from '../contract/release.js'
import type { Listen, Slot } from '../contract/service.js'
import { linkOf } from './network.js'

/** Where an instance can be reached on its host. `at`: the addresses to try, in order; absent: loopback. */
export type Endpoint = { tcp: number; at?: readonly string[] } | { unix: string }

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

/** Where IPv4's loopback is, on which programs listen that have no network of their own. */
const LOOPBACK = ['127.0.0.1']

/** The addresses to try for a TCP endpoint, in order. */
export function addressesOf({ at = LOOPBACK }: { at?: readonly string[] }): readonly string[] {
  return at
}

/** Whether slipway picks a port for each slot: to listen on, or to tell its network by. */
export function picksPorts(listen: Listen | undefined): boolean {
  return listen?.mode === 'port' || listen?.mode === 'network'
}

/** The picked port of a slot. */
export function pickedPort(service: string, ports: Ports | null, slot: Slot): number {
  if (ports === null) throw new Error(`no ports were picked for ${service}`)
  return ports[slot === 'blue' ? 0 : 1]
}

/**
 * Where instances listen. `ports` are those slipway picked; see {@link picksPorts}. A hard-coded port serves both slots.
 * `root`: where a release has its sockets.
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
    case 'network': {
      const endpoint = (slot: Slot): Endpoint => {
        const { program } = linkOf(pickedPort(service, ports, slot))
        return { tcp: listen.port, at: [program.ipv4, program.ipv6] }
      }
      return { blue: endpoint('blue'), green: endpoint('green') }
    }
    case 'port':
      return {
        blue: { tcp: pickedPort(service, ports, 'blue') },
        green: { tcp: pickedPort(service, ports, 'green') },
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
  if (listen?.mode === 'port' && ports) return { PORT: String(pickedPort(service, ports, slot)) }
  if (listen?.mode === 'unix') return { LISTEN_PATH: listenPath(service, slot) }
  return {}
}
