import type { Listen } from '../config/resolved.js'

/** Where a service's instance can be reached on its host. */
export type Endpoint = { tcp: number } | { unix: string }

/** The folder for the socket of a `listen: 'unix'` service. */
export function listenFolder(service: string): string {
  return `/run/${service}`
}

/** The socket a `listen: 'unix'` service makes. */
export function listenPath(service: string): string {
  return `${listenFolder(service)}/http.sock`
}

/** The socket systemd makes for `listen: 'socket'`. */
export function socketPath(service: string): string {
  return `/run/${service}.sock`
}

/** `port` is the one slipway picked; only `listen: 'port'` uses it. */
export function endpointOf(service: string, listen: Listen, port: number | undefined): Endpoint {
  switch (listen.mode) {
    case 'fixed':
      return { tcp: listen.port }
    case 'port':
      if (port === undefined) throw new Error(`no port was picked for ${service}`)
      return { tcp: port }
    case 'unix':
      return { unix: listenPath(service) }
    case 'socket':
      return { unix: socketPath(service) }
  }
}

/** The variables that tell the program where to listen. */
export function listenEnv(
  service: string,
  listen: Listen | undefined,
  port: number | undefined,
): Record<string, string> {
  if (listen?.mode === 'port' && port !== undefined) return { PORT: String(port) }
  if (listen?.mode === 'unix') return { LISTEN_PATH: listenPath(service) }
  return {}
}
