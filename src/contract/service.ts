import * as z from 'zod/mini'
import { httpSchema } from './http.js'

/**
 * A service as it travels and as a release keeps it: every default filled in, every duration in milliseconds. What a
 * program is, is data; the host makes units and nginx's configuration of it.
 */

/** Names of services, systems and keys: they become names of units and folders. */
const name = z.string().check(z.regex(/^[a-z][a-z0-9-]*$/), z.maxLength(63))
/** A service's name is also its system user's: see sysusers.d(5). */
const serviceName = name.check(z.maxLength(31))
/** A part of a unit's name. */
const jobName = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/), z.maxLength(128))
/** Longest text that a config may hold in one place, in characters. */
const TEXT_LENGTH = 64 * 1024
/** Text without NUL, which systemd takes for the end of a line, and the kernel for that of a word. */
const text = z.string().check(
  z.maxLength(TEXT_LENGTH),
  z.refine((value) => !value.includes('\0'), 'Holds a NUL'),
)
const count = (most: number) => z.int().check(z.gte(0), z.lte(most))
/** A duration in milliseconds; a day is more than any wait of a deploy. */
const ms = count(86_400_000)
const port = z.int().check(z.gte(1), z.lte(65_535))
const words = z.array(text)
/** Domains name folders and stand in nginx's configuration. */
const domain = z
  .string()
  .check(
    z.regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
    z.maxLength(253),
  )
/** A domain of a route: `*.` stands for any name below the rest. */
const routeDomain = z
  .string()
  .check(
    z.regex(/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
    z.maxLength(253),
  )
/** A path of a request that nginx's configuration can hold: nothing ends a word, a string or a block in it. */
const requestPath = text.check(z.regex(/^\/[^\s"'\\{};#$]*$/))
/** A path below a folder, in nginx's configuration too. */
const pathBelow = text.check(z.regex(/^((?!(?:.*\/)?\.\.(?:\/|$))[\w@+.-]+(\/[\w@+.-]+)*\/?)?$/))
/** An absolute path on the host. */
const hostPath = text.check(z.regex(/^\/[^\s"'\\{};$]+$/))
const variables = z.record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), text)

/** A store path, without anything below it. */
export const storePathSchema = z
  .string()
  .check(z.regex(/^\/nix\/store\/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+$/), z.maxLength(256))

export const nameSchema = name
export const portSchema = port
/** The project that a service belongs to: what a config calls it, or what tells it apart from others. One line. */
export const projectSchema = z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^\P{Cc}+$/u))
export const textSchema = text

/** systemd's value of a directive: several lines for a list, none for null. */
export const directiveSchema = z.union([text, z.number(), z.boolean(), z.array(text), z.null()])
export type Directive = z.infer<typeof directiveSchema>
const directives = z.record(z.string().check(z.regex(/^[A-Z][A-Za-z0-9]*$/)), directiveSchema)

/** A TCP port of the host's loopback. */
export const loopbackPortSchema = z.strictObject({ address: z.enum(['127.0.0.1', '::1']), port })
export type LoopbackPort = z.infer<typeof loopbackPortSchema>

/** Most ports of the host's loopback that one network may reach. */
const REACHED_PORTS = 64

/** Where a program listens. */
export const listenSchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('fixed'), port }),
  /** On a port of its own choosing, in a network of its own; `reach`: what it may reach of the host's loopback. */
  z.strictObject({
    mode: z.literal('network'),
    port,
    reach: z.array(loopbackPortSchema).check(z.maxLength(REACHED_PORTS)),
  }),
  z.strictObject({ mode: z.literal('port') }),
  z.strictObject({ mode: z.literal('unix') }),
  z.strictObject({ mode: z.literal('socket') }),
])
export type Listen = z.infer<typeof listenSchema>

/** The longest name of a gRPC service, in characters. */
const GRPC_NAME_LENGTH = 256

/** How a release tells of its health, where not by its answer to an HTTP request. */
export const healthBySchema = z.union([
  /** It takes a connection, or agrees on TLS. */
  z.strictObject({ protocol: z.enum(['tcp', 'tls']) }),
  /** By grpc.health.v1; `service`: what is asked for there, empty for the whole server. */
  z.strictObject({ protocol: z.literal('grpc'), service: text.check(z.maxLength(GRPC_NAME_LENGTH)) }),
  /** By the end of a program of the package: status 0. */
  z.strictObject({ run: words }),
])
export type HealthBy = z.infer<typeof healthBySchema>

/** Longest value of a variable that goes with every request, in characters; nginx reads words of 4096 bytes. */
const PARAM_LENGTH = 1000
/** How a program is spoken to, where not by HTTP: uWSGI's own protocol, or FastCGI. */
export const gatewaySchema = z.strictObject({
  protocol: z.enum(['uwsgi', 'fastcgi']),
  /** What goes with every request (RFC 3875, 4.1): printable ASCII that nginx's configuration can hold. */
  params: z.record(
    z.string().check(z.regex(/^[A-Z][A-Z0-9_]*$/), z.maxLength(64)),
    z.string().check(z.regex(/^[ !#%-[\]-~]*$/), z.maxLength(PARAM_LENGTH)),
  ),
})
export type Gateway = z.infer<typeof gatewaySchema>

/** How a release proves that it is good. */
export const healthSchema = z.strictObject({
  /** Absent: by its answer to a request for `path`. */
  by: z.optional(healthBySchema),
  path: requestPath,
  status: z.optional(z.array(z.int().check(z.gte(100), z.lte(599)))),
  timeoutMs: ms,
  intervalMs: ms,
  attemptMs: ms,
  successes: count(1000),
  settleMs: ms,
})
export type Health = z.infer<typeof healthSchema>

/** A command around a switch. */
export const hookSchema = z.strictObject({ run: words, timeoutMs: ms, irreversible: z.boolean() })
export type HookConfig = z.infer<typeof hookSchema>

/** A worker or a timer's job. */
export const jobSchema = z.strictObject({
  name: jobName,
  run: words,
  env: variables,
  unit: directives,
  /** Only timers have one: systemd.time(7). */
  calendar: z.optional(text),
})
export type JobConfig = z.infer<typeof jobSchema>

/** How a program gets a secret; `nginx`: it does not, they are passwords that nginx asks for. */
export const secretAsSchema = z.enum(['env', 'file', 'nginx'])
export type SecretAs = z.infer<typeof secretAsSchema>

/** How a domain gets its certificate, and what browsers are told with it. */
export const tlsSchema = z.intersection(
  /** For how long browsers use HTTPS alone, in seconds; 0: they aren't told to. */
  z.object({ hstsSeconds: count(1_000_000_000) }),
  z.discriminatedUnion('from', [
    z.object({
      from: z.literal('acme'),
      /** The URL of its directory. */
      server: text,
      /** undefined: the host chooses one. */
      email: z.optional(text),
      challenge: z.union([z.literal('http'), z.strictObject({ dns: text, propagation: z.boolean() })]),
    }),
    z.object({ from: z.literal('local') }),
    /** Absolute paths on the host. */
    z.object({ from: z.literal('files'), certificate: hostPath, key: hostPath }),
  ]),
)
export type Tls = z.infer<typeof tlsSchema>

/** A URL that leads to a service: a domain and a path prefix. */
export const routeSchema = z.strictObject({
  /** The URL as the config has it: what is shown to people. */
  url: text,
  scheme: z.enum(['http', 'https']),
  domain: routeDomain,
  /** Starts and ends with a slash. */
  path: z.string().check(z.regex(/^(\/(?!\.\.?\/)[A-Za-z0-9._~-]+)*\/$/), z.maxLength(1024)),
  /** Whether the service sees paths without the prefix. */
  strip: z.boolean(),
  /** `slipway`: the server block is ours; `existing`: somebody else's block includes our locations. */
  server: z.enum(['slipway', 'existing']),
  /** Domains that lead to this one by a redirect; absent: none. */
  redirectFrom: z.optional(z.array(domain)),
  /**
   * How its domain gets a certificate, and each that is redirected to it; absent: nginx does not end TLS for it. Where
   * services share a domain, its owner's holds: see `release/owners.ts`.
   */
  tls: z.optional(z.record(routeDomain, tlsSchema)),
  /** How nginx serves it; absent: as usual. */
  http: z.optional(httpSchema),
})
export type Route = z.infer<typeof routeSchema>

/** The domains whose server blocks a route needs. */
export function domainsOf(route: Route): string[] {
  return [route.domain, ...(route.redirectFrom ?? [])]
}

/** A name that can be asked for: of a wildcard one that nothing else is likely to have. */
export function nameIn(domain: string): string {
  return domain.replace(/^\*/, 'slipway-probe')
}

const common = {
  name: serviceName,
  routes: z.array(routeSchema),
  /** How many good releases stay. */
  keep: z.int().check(z.gte(1), z.lte(9999)),
}

/** A program that listens, or a worker. */
export const programSchema = z.strictObject({
  kind: z.literal('service'),
  ...common,
  /** The program and its arguments; absent: the package's main program. */
  run: z.optional(words),
  listen: z.optional(listenSchema),
  /** How it is spoken to; absent: by HTTP. */
  gateway: z.optional(gatewaySchema),
  health: healthSchema,
  /** How long the host watches its health after the confirmation; 0: not at all. */
  watchMs: ms,
  /** How long requests under way may go on after a switch. */
  drainMs: ms,
  before: z.array(hookSchema),
  after: z.array(hookSchema),
  env: variables,
  /** How its programs get its secrets, by name. */
  secretsAs: z.record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), secretAsSchema),
  state: z.boolean(),
  /** Whether a user and a state directory of its name that slipway did not make are taken over; absent: no. */
  adopt: z.optional(z.boolean()),
  /** Whether its programs may have Nix's daemon build; absent: no. */
  nixDaemon: z.optional(z.boolean()),
  /** Whether its programs reach link-local addresses, where clouds tell machines their credentials; absent: no. */
  cloudMetadata: z.optional(z.boolean()),
  /** Whether files are shipped beside the package. */
  hasAssets: z.boolean(),
  processes: z.array(jobSchema),
  timers: z.array(jobSchema),
  unit: directives,
  /** Which of its programs read their files again when they are told to; absent: a new package is a new start. */
  reloads: z.optional(
    z.strictObject({
      /** What of the package running programs depend on. */
      program: storePathSchema,
      main: z.boolean(),
      processes: z.array(jobName),
    }),
  ),
})
export type Program = z.infer<typeof programSchema>

/** Static files. */
export const siteSchema = z.strictObject({
  kind: z.literal('site'),
  ...common,
  dir: pathBelow,
  notFound: pathBelow,
  /** The page for paths where no file is, with status 200 (a program in the browser has paths of its own); absent: none. */
  fallback: z.optional(pathBelow),
  /** Serves the host's binary cache of its name in place of the package, which is the cache's `nix-cache-info`; absent: no. */
  cache: z.optional(z.literal(true)),
})
export type Site = z.infer<typeof siteSchema>

export const serviceSchema = z.discriminatedUnion('kind', [programSchema, siteSchema])
export type Service = z.infer<typeof serviceSchema>

/** The two places in which a service's instances take turns. */
export const SLOTS = ['blue', 'green'] as const
export type Slot = (typeof SLOTS)[number]
