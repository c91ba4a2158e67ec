import { queueLink } from '../contract/paths.js'
import type { Endpoint, Endpoints } from './listen.js'
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

function upstream(name: string, first: Endpoint, spare: Endpoint, settings: readonly string[] = []): string {
  return block(`upstream ${name}`, [
    `server ${serverOf(first)} max_fails=${MAX_FAILS};`,
    `server ${serverOf(spare)} max_fails=${MAX_FAILS} backup;`,
    ...settings,
  ])
}

function serverOf(endpoint: Endpoint): string {
  return 'tcp' in endpoint ? `127.0.0.1:${endpoint.tcp}` : `unix:${endpoint.unix}`
}
