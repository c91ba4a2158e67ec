import { queueLink } from '../contract/paths.js'
import { addressesOf, type Endpoint, type Endpoints } from './listen.js'
import { block } from './nginx-block.js'

/** Idle connections nginx keeps open to a service per worker; without them throughput falls to a third. */
const UPSTREAM_KEEPALIVE = 32
/** How long an idle connection to a service stays open: a slot is free to stop when they are gone. */
const UPSTREAM_IDLE = '1s'

/** What nginx calls the instance of a service in a slot. */
export function upstreamName(service: string, slot: string): string {
  return `slipway_${service}_${slot}`
}

/** How nginx reaches a service. */
export interface Proxied {
  service: string
  endpoints: Endpoints
  /** Whether a hard-coded port has room for one instance only: requests then wait while it is replaced. */
  queued: boolean
}

/**
 * The `upstream` blocks, for nginx's `http` context. Each has a spare, for a request that chose its way just before a
 * switch and connects long after it, such as a slow upload.
 */
export function renderUpstreams({ service, endpoints, queued }: Proxied): string {
  const blue = upstreamName(service, 'blue')
  if (queued) {
    const queue = { unix: queueLink(service) }
    // Without idle connections, which would lead to the queue of the last time.
    return (
      upstream(blue, endpoints.blue, queue, UPSTREAM_SETTINGS) +
      upstream(upstreamName(service, 'queue'), queue, endpoints.blue)
    )
  }
  return (
    upstream(blue, endpoints.blue, endpoints.green, UPSTREAM_SETTINGS) +
    upstream(upstreamName(service, 'green'), endpoints.green, endpoints.blue, UPSTREAM_SETTINGS)
  )
}

/** A server that refused one connection must be asked again with the next: it may just have started. */
export const MAX_FAILS = 0

/** How connections to an upstream are kept. */
export const UPSTREAM_SETTINGS = [`keepalive ${UPSTREAM_KEEPALIVE};`, `keepalive_timeout ${UPSTREAM_IDLE};`]

/**
 * Among spares nginx goes by weight: the instance's other address, on which a program that listens on IPv6 alone answers,
 * comes long before the other slot.
 */
const OTHER_ADDRESS_WEIGHT = 65_535

function upstream(name: string, first: Endpoint, spare: Endpoint, settings: readonly string[] = []): string {
  const [main, ...others] = serversOf(first)
  return block(`upstream ${name}`, [
    `server ${main} max_fails=${MAX_FAILS};`,
    ...others.map(
      (server) => `server ${server} max_fails=${MAX_FAILS} weight=${OTHER_ADDRESS_WEIGHT} backup;`,
    ),
    ...serversOf(spare).map((server) => `server ${server} max_fails=${MAX_FAILS} backup;`),
    ...settings,
  ])
}

/** Where nginx finds an instance, the likeliest first. */
function serversOf(endpoint: Endpoint): string[] {
  if ('unix' in endpoint) return [`unix:${endpoint.unix}`]
  return addressesOf(endpoint).map((address) => hostAndPort(address, endpoint.tcp))
}

/**
 * Upstreams for a host whose kernel has no IPv6: there nginx can't even make a socket for such an address, and would answer
 * 500 in place of asking the next server.
 */
export function withoutIpv6(text: string): string {
  return text.replace(/^ {2}server \[.*\n/gm, '')
}

function hostAndPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
