import type { Target } from './connection.js'
import { KINDS, type KindName } from './report.js'
import type { SlowHeaders } from './requests.js'

interface Workers {
  /** How many requests are under way at once, or how many streams are open. */
  workers: number
}

interface Paced extends Workers {
  /** Requests a second of all workers together. Default: each sends as soon as it is free. */
  rate?: number
}

/** The kinds of traffic, and what each can be told. */
export interface KindOptions {
  /** POSTs whose body of `bytes` comes back, over connections that are kept. */
  keepAlive: Paced & { bytes: number }
  /** GETs, each over a connection of its own. */
  fresh: Paced
  /** GETs that take `for` ms to answer, with the head first, last, or in turns. */
  slow: Paced & { for: number; headers: SlowHeaders }
  /** POSTs of `bytes`, spread over `for` ms, or else as fast as they go. */
  upload: Paced & { bytes: number; for: number }
  /** WebSockets, on each a message of `bytes` every so many ms, which comes back. */
  webSocket: Workers & { bytes: number; every: number }
  /** Streams of server-sent events, on each one every so many ms. */
  events: Workers & { every: number }
}

const DEFAULTS: KindOptions = {
  keepAlive: { workers: 50, bytes: 256 },
  fresh: { workers: 5 },
  slow: { workers: 5, for: 5_000, headers: 'both' },
  upload: { workers: 1, bytes: 50_000_000, for: 0 },
  webSocket: { workers: 10, bytes: 64, every: 100 },
  events: { workers: 10, every: 250 },
}

/** Which kinds of traffic a load has; `true` stands for the kind's defaults. */
export type Kinds = { [KIND in KindName]?: true | Partial<KindOptions[KIND]> }

/** A load: where it goes and what it is. */
export interface LoadOptions {
  /** Where nginx listens. */
  address: string
  /** Default: 80. */
  port?: number
  /** What the Host header says. */
  domain: string
  /** The path of the service's route. Default: `/`. */
  path?: string
  /** The longest time to an answer in ms, beyond the time that it has to take. Default: 30 s. */
  timeout?: number
  kinds: Kinds
}

/** Long enough for requests that wait while a program is replaced, in ms. */
const TIMEOUT = 30_000

/** It has to hold its number, in bytes. */
const SHORTEST_UPLOAD = 100

/** {@link LoadOptions} with all defaults, as plain data. */
export interface ResolvedLoad {
  target: Target
  timeout: number
  kinds: Partial<KindOptions>
}

/** Fills in defaults; throws for what cannot be meant. */
export function resolveOptions(options: LoadOptions): ResolvedLoad {
  const { address, port = 80, domain, path = '/', timeout = TIMEOUT, kinds } = options
  if (!path.startsWith('/') || !path.endsWith('/')) throw new RangeError(`path: '${path}' is not like /app/`)
  const resolved = Object.entries(kinds).map(([name, given]) => [name, resolveKind(name, given)])
  if (resolved.length === 0) throw new RangeError('kinds: none is asked for')
  return { target: { address, port, domain, path }, timeout, kinds: Object.fromEntries(resolved) }
}

function resolveKind(name: string, given: true | object): object {
  const kind = KINDS.find((known) => known === name)
  if (kind === undefined) throw new RangeError(`kinds: there is no '${name}', but ${KINDS.join(', ')}`)
  const result = { ...DEFAULTS[kind], ...(given === true ? {} : given) }
  for (const [key, value] of Object.entries(result)) {
    if (!(key in DEFAULTS[kind]) && key !== 'rate') throw new RangeError(`${kind}: there is no '${key}'`)
    if (typeof value === 'number' && !(value >= leastValue(kind, key))) {
      throw new RangeError(`${kind}: ${key} is ${value}`)
    }
  }
  if (!Number.isInteger(result.workers)) throw new RangeError(`${kind}: workers is ${result.workers}`)
  return result
}

function leastValue(kind: KindName, key: string): number {
  if (key === 'for') return 0
  if (kind === 'upload' && key === 'bytes') return SHORTEST_UPLOAD
  return Number.MIN_VALUE
}
