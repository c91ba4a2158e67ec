import { SOCKETS_ROOT } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import type { Gateway, Health, HookConfig, Listen, Program } from '../contract/service.js'
import { secretUses, wantsVariables } from './credentials.js'
import { type Endpoints, endpointsOf } from './listen.js'
import { programPath } from './places.js'
import { type RouteProbe, routeProbes } from './route-probe.js'

/** A hook as a host runs it. */
export interface HookCommand {
  /** The full path of a program, and its arguments. */
  argv: string[]
  timeoutMs: number
  irreversible: boolean
}

/** What a release consists of on a host, and what is done around its switch. */
export interface ReleaseLayout {
  kind: 'service' | 'site'
  /** How many good releases stay. */
  keep: number
  /** Whether it has a system user of its own, named as the service. */
  user: boolean
  /** Whether it has a state directory. */
  state: boolean
  /** Whether a user and a state directory that slipway did not make are taken over. */
  adopt: boolean
  /** How it listens in its slots; null where it does not. */
  slots: Listen['mode'] | null
  /** Where the instance in each slot can be reached. */
  endpoints: Endpoints | null
  /** How it is spoken to; null: by HTTP. */
  gateway: Gateway | null
  /** The units that run all the time beside the instances in slots; the main program's, too, where it does not listen. */
  processes: string[]
  timers: string[]
  /** When the timers are due, for systemd to judge. */
  calendars: string[]
  drainMs: number
  watchMs: number
  health: Health | null
  before: HookCommand[]
  after: HookCommand[]
  /** What reads its files again where only those change: the main program, and units beside it; null where nothing does. */
  reloads: { main: boolean; processes: string[] } | null
  /** What each route is asked. */
  probes: RouteProbe[]
  /** The versions of its secrets, by name. */
  secrets: Record<string, string>
  /** Whether programs get secrets as variables, by the release's `with-secrets`. */
  secretVariables: boolean
}

/** What a host has to know of a release to activate it. `sockets`: where it has its sockets. */
export function layoutOf(manifest: Manifest, sockets = SOCKETS_ROOT): ReleaseLayout {
  const { service } = manifest
  const { kind, keep } = service
  const shared = { kind, keep, probes: routeProbes(service) }
  return service.kind === 'site'
    ? { ...shared, ...NO_PROGRAM }
    : { ...shared, ...programLayout(manifest, service, sockets) }
}

type ProgramLayout = Omit<ReleaseLayout, 'kind' | 'keep' | 'probes'>

const NO_PROGRAM: ProgramLayout = {
  user: false,
  state: false,
  adopt: false,
  slots: null,
  endpoints: null,
  gateway: null,
  processes: [],
  timers: [],
  calendars: [],
  drainMs: 0,
  watchMs: 0,
  health: null,
  before: [],
  after: [],
  reloads: null,
  secrets: {},
  secretVariables: false,
}

function programLayout(manifest: Manifest, service: Program, sockets: string): ProgramLayout {
  const { name, listen, state, timers, drainMs, watchMs, health } = service
  const uses = secretUses(service, manifest.secrets)
  const command = ({ run: [program = '', ...args], timeoutMs, irreversible }: HookConfig): HookCommand => ({
    argv: [programPath(manifest.package, program), ...args],
    timeoutMs,
    irreversible,
  })
  return {
    user: true,
    state,
    adopt: service.adopt ?? false,
    slots: listen?.mode ?? null,
    endpoints: listen ? endpointsOf(name, listen, manifest.ports, sockets) : null,
    gateway: service.gateway ?? null,
    processes: [
      ...(listen ? [] : [`${name}.service`]),
      ...service.processes.map((process) => `${name}-${process.name}.service`),
    ],
    timers: timers.map((timer) => `${name}-${timer.name}.timer`),
    calendars: timers.flatMap(({ calendar = [] }) => calendar),
    drainMs,
    watchMs,
    health,
    before: service.before.map(command),
    after: service.after.map(command),
    reloads: service.reloads
      ? {
          main: service.reloads.main,
          processes: service.reloads.processes.map((process) => `${name}-${process}.service`),
        }
      : null,
    secrets: Object.fromEntries(Object.entries(uses).map(([secret, { version }]) => [secret, version])),
    secretVariables: wantsVariables(uses),
  }
}
