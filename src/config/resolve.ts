import {
  type Directive,
  domainsOf,
  type Health,
  type HealthBy,
  type HookConfig,
  type JobConfig,
  type Listen,
  type LoopbackPort,
  type Route,
} from '../contract/service.js'
import { usageError } from '../errors.js'
import { attributePath } from './attribute-path.js'
import { asWritten, cacheProblems } from './cache-rules.js'
import { durationMs } from './duration.js'
import { configError, type Problem, pathText, problemsOf } from './problems.js'
import { otherCache, ownCache } from './resolve-caches.js'
import { certificateProblems, tlsOf } from './resolve-certificates.js'
import { gatewayProblems, resolveGateway } from './resolve-gateway.js'
import { resolveGuard } from './resolve-guard.js'
import { resolveHttp } from './resolve-http.js'
import { resolveSecrets, resolveSecretsFile } from './resolve-secrets.js'
import { resolveSystem } from './resolve-system.js'
import type {
  Config,
  HostConfig,
  PackageRef,
  PackageSource,
  ProgramConfig,
  ServiceConfig,
  SiteConfig,
} from './resolved.js'
import { parseRoute } from './route.js'
import { semanticProblems } from './rules.js'
import { configSchema } from './schema.js'
import type { Config as ConfigInput, Hook, HostOptions, Service, Site } from './types.js'

export const DEFAULT_KEEP = 5
export const DEFAULT_PARALLEL_HOSTS = 8
/** Without a terminal sudo must fail rather than ask. */
const DEFAULT_BECOME = 'sudo -n'
/** Requests take seconds; what takes longer, such as a WebSocket, is made to be reconnected. */
const DEFAULT_DRAIN = '30s'
/** Migrations of small databases take seconds. */
const DEFAULT_HOOK_TIMEOUT = '5m'
const DEFAULT_HEALTH = {
  path: '/',
  timeout: '30s',
  interval: '50ms',
  attempt: '5s',
  successes: 2,
  settle: '1s',
} as const

/**
 * A validated config with its defaults filled in.
 * @throws SlipwayError with every problem found, each with its path.
 */
export function resolveConfig(input: unknown, source: ConfigOrigin): Config {
  const { environment } = source
  if ((input === undefined || input === null) && environment === undefined) {
    throw usageError({
      what: `${source.file} exports no config`,
      next: 'End it with `export default defineConfig({ … })`.',
    })
  }
  const parsed = configSchema.safeParse(input)
  if (!parsed.success) throw refusal(source, problemsOf(parsed.error, input))
  const problems: Problem[] = []
  const config = fill(parsed.data, source, problems)
  problems.push(...asWritten(semanticProblems(config), config), ...cacheProblems(config))
  if (problems.length > 0) throw refusal(source, problems)
  return config
}

/** Where a config is from. */
export interface ConfigOrigin {
  file: string
  root: string
  /** Which of the file's environments it is; undefined: the file has none. */
  environment?: string | undefined
}

/** What is wrong in an environment is told with its place in the file. */
function refusal({ file, environment }: ConfigOrigin, problems: readonly Problem[]): Error {
  if (environment === undefined) return configError(file, problems)
  const at = pathText(['environments', environment])
  return configError(
    file,
    problems.map((problem) => ({ ...problem, path: problem.path === '' ? at : `${at}.${problem.path}` })),
  )
}

function fill(data: ConfigInput, { root, environment }: ConfigOrigin, problems: Problem[]): Config {
  const hosts: Record<string, HostConfig> = {}
  for (const [name, host] of Object.entries(data.hosts)) {
    hosts[name] = resolveHost(name, typeof host === 'string' ? { ssh: host } : host)
  }
  const onlyHost = Object.keys(hosts).length === 1 ? Object.keys(hosts) : undefined
  if (!data.services && !data.systems && !data.caches) {
    problems.push({ path: 'services', message: 'is missing: the config has neither services nor systems' })
  }
  const guard = resolveGuard(data.guard)
  const services = Object.entries(data.services ?? {}).map(([name, given]): ServiceConfig => {
    const at = `services.${name}`
    if (!given.hosts && !onlyHost) problems.push(hostsMissing(at, Object.keys(hosts), 'hosts'))
    if (given.kind === 'service') problems.push(...gatewayProblems(at, given))
    const common = {
      name,
      package: given.kind === 'site' ? packageSource(given.package) : packageRef(name, given),
      hosts: given.hosts ? [given.hosts].flat() : (onlyHost ?? []),
      routes: routes(name, given, problems).map((route) => withTls(route, data.certificates)),
      keep: given.keep ?? DEFAULT_KEEP,
    }
    return given.kind === 'site'
      ? { ...common, ...siteFields(given) }
      : { ...common, ...programFields(given) }
  })
  const caches = Object.entries(data.caches ?? {}).map(([name, given]) => {
    if (typeof given === 'string') return { config: otherCache(name, given) }
    const at = `caches.${name}`
    if (!given.host && !onlyHost) problems.push(hostsMissing(at, Object.keys(hosts), 'host'))
    const own = { routes: [given.route], http: given.http }
    const its = routes(name, own, problems, at).map((route) => withTls(route, data.certificates))
    return ownCache(name, given, given.host ?? onlyHost?.[0] ?? '', its, DEFAULT_KEEP)
  })
  services.push(...caches.flatMap((cache) => ('site' in cache ? [cache.site] : [])))
  problems.push(
    ...certificateProblems(
      data.certificates,
      services.flatMap((service) => service.routes),
    ),
  )
  const systems = Object.entries(data.systems ?? {}).map(([name, given]) => {
    if (!given.host && !onlyHost) problems.push(hostsMissing(`systems.${name}`, Object.keys(hosts), 'host'))
    return resolveSystem(name, given, given.host ?? onlyHost?.[0] ?? '', guard)
  })
  return {
    root,
    project: data.project,
    ...(environment !== undefined && { environment }),
    hosts,
    services,
    systems,
    caches: caches.map(({ config }) => config),
    guard,
    secrets: resolveSecretsFile(data.secrets, environment),
    overrideInputs: data.overrideInputs ?? {},
    check: data.check ?? false,
    parallel: data.parallel ?? DEFAULT_PARALLEL_HOSTS,
  }
}

/** A host with the defaults of what it does not say. */
export function resolveHost(name: string, given: HostOptions): HostConfig {
  return {
    name,
    ssh: given.ssh,
    options: given.options ?? [],
    build: given.build,
    become: words(given.become ?? DEFAULT_BECOME),
    substitutes: given.substitutes ?? false,
  }
}

function hostsMissing(at: string, known: string[], field: 'hosts' | 'host'): Problem {
  return known.length === 0
    ? { path: 'hosts', message: `is empty: ${at} has nowhere to run` }
    : {
        path: `${at}.${field}`,
        message: `is missing: the config has several hosts (${known.join(', ')}), name one${field === 'hosts' ? ' or more' : ''}`,
      }
}

function packageRef(name: string, { package: built, module, settings = {}, listen }: Service): PackageRef {
  if (module === undefined) return builtRef(built ?? '')
  return {
    module: {
      of: packageSource(module),
      name,
      settings: Object.entries(settings).map(([option, value]) => ({
        path: attributePath(option) ?? [],
        value,
      })),
      listens: listen !== undefined,
    },
  }
}

function builtRef(given: NonNullable<Service['package']>): PackageRef {
  if (typeof given === 'string' || !('python' in given)) return packageSource(given)
  return { ...packageSource(given.python), server: given.server }
}

function packageSource(given: Site['package']): PackageSource {
  return typeof given === 'string' ? { flake: given } : { file: given.file, attr: given.attr }
}

function routes(
  name: string,
  given: Pick<Service, 'routes' | 'http'>,
  problems: Problem[],
  at = `services.${name}`,
): Route[] {
  return (given.routes ?? []).flatMap((entry, index) => {
    const { url, http, ...options } = typeof entry === 'string' ? { url: entry, http: undefined } : entry
    const route = parseRoute(url, { ...options, http: resolveHttp(name, given.http, http) })
    if (!('problem' in route)) return [route]
    problems.push({ path: `${at}.routes[${index}]`, message: route.problem })
    return []
  })
}

/** Of an https route in a server block of ours, with how each of its domains gets a certificate. */
function withTls(route: Route, certificates: ConfigInput['certificates']): Route {
  if (route.scheme !== 'https' || route.server !== 'slipway') return route
  const tls = domainsOf(route).flatMap((domain) => {
    const own = tlsOf(domain, certificates)
    return own ? [[domain, own] as const] : []
  })
  return tls.length > 0 ? { ...route, tls: Object.fromEntries(tls) } : route
}

function siteFields(given: Site): Pick<SiteConfig, 'kind' | 'dir' | 'notFound' | 'fallback'> {
  return {
    kind: 'site',
    dir: given.dir ?? '',
    notFound: given.notFound ?? '404.html',
    ...(given.fallback !== undefined && { fallback: given.fallback }),
  }
}

function programFields(
  given: Service,
): Omit<ProgramConfig, 'name' | 'package' | 'hosts' | 'routes' | 'keep'> {
  const secrets = resolveSecrets(given.secrets)
  const assets = given.assets ?? []
  return {
    kind: 'service',
    run: given.run === undefined ? undefined : words(given.run),
    listen: listen(given.listen),
    // Said only where it is so: hosts of an older version need not know of it.
    ...resolveGateway(given),
    health: health(given.health ?? {}),
    watchMs: durationMs(given.watch ?? '0s'),
    drainMs: durationMs(given.drain ?? DEFAULT_DRAIN),
    before: hooks(given.before),
    after: hooks(given.after),
    ...resolveEnv(given.env),
    secrets,
    secretsAs: Object.fromEntries(secrets.map(({ name, as }) => [name, as])),
    state: given.state ?? false,
    ...(given.adopt && { adopt: true }),
    ...(given.nixDaemon && { nixDaemon: true }),
    ...(given.cloudMetadata && { cloudMetadata: true }),
    assets,
    hasAssets: assets.length > 0,
    processes: Object.entries(given.processes ?? {}).map(([name, entry]) => job(name, entry)),
    timers: Object.entries(given.timers ?? {}).map(([name, entry]) => job(name, entry)),
    unit: given.unit ?? {},
  }
}

function hooks(given: Service['before']): HookConfig[] {
  if (given === undefined) return []
  return hookList(given).map(({ run, timeout, irreversible }) => ({
    run: words(run),
    timeoutMs: durationMs(timeout ?? DEFAULT_HOOK_TIMEOUT),
    irreversible: irreversible ?? false,
  }))
}

function hookList(given: NonNullable<Service['before']>): Hook[] {
  if (typeof given === 'string') return [{ run: given }]
  if (!Array.isArray(given)) return [given]
  if (given.length === 0) return []
  const hooks = given.filter((entry) => typeof entry === 'object')
  return hooks.length > 0 ? hooks : [{ run: given.filter((entry) => typeof entry === 'string') }]
}

function job(
  name: string,
  given: {
    run: string | string[]
    env?: Record<string, string | number | boolean> | undefined
    unit?: Record<string, Directive> | undefined
    calendar?: string
  },
): JobConfig {
  return {
    name,
    run: words(given.run),
    env: strings(given.env),
    unit: given.unit ?? {},
    calendar: given.calendar,
  }
}

function words(run: string | string[]): string[] {
  return typeof run === 'string' ? run.trim().split(/\s+/) : run
}

function resolveEnv(env: Service['env'] = {}): Pick<ProgramConfig, 'env' | 'envPackages'> {
  const resolved: Pick<ProgramConfig, 'env' | 'envPackages'> = { env: {}, envPackages: {} }
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'object') resolved.envPackages[name] = packageSource(value.package)
    else resolved.env[name] = String(value)
  }
  return resolved
}

function strings(env: Record<string, string | number | boolean> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)]))
}

function listen(given: Service['listen']): Listen | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'string') return { mode: given }
  const { port, network, reach = [] } = given
  return network === undefined
    ? { mode: 'fixed', port }
    : { mode: 'network', port, reach: reach.map(loopbackPort) }
}

/** `127.0.0.1:5432` or `[::1]:5432`. */
function loopbackPort(text: string): LoopbackPort {
  const port = Number(text.slice(text.lastIndexOf(':') + 1))
  return { address: text.startsWith('[') ? '::1' : '127.0.0.1', port }
}

function health(given: NonNullable<Service['health']>): Health {
  const by = healthBy(given)
  return {
    ...(by !== undefined && { by }),
    path: given.path ?? DEFAULT_HEALTH.path,
    status: given.status,
    timeoutMs: durationMs(given.timeout ?? DEFAULT_HEALTH.timeout),
    intervalMs: durationMs(given.interval ?? DEFAULT_HEALTH.interval),
    attemptMs: durationMs(given.attempt ?? DEFAULT_HEALTH.attempt),
    successes: given.successes ?? DEFAULT_HEALTH.successes,
    settleMs: durationMs(given.settle ?? DEFAULT_HEALTH.settle),
  }
}

/** Said only where it is no HTTP request: hosts of an older version need not know of it. */
function healthBy({ run, protocol, grpcService }: NonNullable<Service['health']>): HealthBy | undefined {
  if (run !== undefined) return { run: words(run) }
  if (protocol === undefined || protocol === 'http') return undefined
  return protocol === 'grpc' ? { protocol, service: grpcService ?? '' } : { protocol }
}
