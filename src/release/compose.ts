import type { AppConfig, ServiceConfig, SiteConfig } from '../config/resolved.js'
import { type SecretUses, secretUses, WITH_SECRETS, withSecretsProgram } from './credentials.js'
import { renderEnvFile } from './env-file.js'
import { currentDir } from './host-paths.js'
import { type Endpoints, endpointsOf, listenEnv, type Ports, SLOTS } from './listen.js'
import { type ClosurePath, type Commit, MANIFEST_FORMAT, type Manifest } from './manifest.js'
import { type Proxied, renderProxyLocations, renderSiteLocations, renderUpstreams } from './nginx.js'
import { envFileName } from './places.js'
import { renderSpec } from './spec.js'
import { domainFiles } from './tls.js'
import { renderUnits } from './units.js'

/** All that decides what a release is, beside the service's config. */
export interface Ingredients {
  /** The store path of the package. */
  package: string
  /** The program found in the package; only used where the config names none. */
  program: string | undefined
  closure: ClosurePath[]
  commit: Commit | null
  by: string
  /** A digest of the assets; null where there are none. */
  assets: string | null
  /** The ports slipway picked; only for `listen: 'port'`. */
  ports: Ports | undefined
  /** What the host has: see {@link UnitContext}. */
  systemd: number
  nginxGroup: string
  /** The versions of its secrets on the host, by name. */
  secrets?: Record<string, string> | undefined
}

/** An immutable release before it has a number. */
export interface Release {
  manifest: Manifest
  /** Everything but assets and the package, by its path in the release's directory. */
  files: Record<string, string>
}

/** A release from a service's config and its ingredients. Pure: the same input gives the same bytes. */
export function composeRelease(service: ServiceConfig, given: Ingredients): Release {
  return service.kind === 'site' ? composeSite(service, given) : composeApp(service, given)
}

function composeApp(app: AppConfig, given: Ingredients): Release {
  const endpoints = app.listen && endpointsOf(app.name, app.listen, given.ports)
  const secrets = secretUses(app, given.secrets)
  const units = renderUnits(app, {
    secrets,
    command: app.run ?? [given.program ?? ''],
    systemd: given.systemd,
    nginxGroup: given.nginxGroup,
  })
  const nginx: Record<string, string> = {}
  if (endpoints && app.routes.length > 0) {
    const proxied: Proxied = { service: app.name, endpoints, queued: app.listen?.mode === 'fixed' }
    nginx[`upstreams/${app.name}.conf`] = renderUpstreams(proxied)
    addLocations(nginx, app.name, renderProxyLocations(proxied, app))
  }
  const jobEnvs = Object.fromEntries([...app.processes, ...app.timers].map((job) => [job.name, job.env]))
  const timers = app.timers.map(({ name }) => name)
  return assemble(app, given, { env: app.env, jobEnvs, timers, units, nginx, endpoints, secrets })
}

function composeSite(site: SiteConfig, given: Ingredients): Release {
  // Through the current release, so that a new one needs no reload.
  const folder = `${currentDir(site.name)}/package`
  const root = site.dir === '' ? folder : `${folder}/${trimSlashes(site.dir)}`
  const nginx: Record<string, string> = {}
  addLocations(nginx, site.name, renderSiteLocations({ root, notFound: site.notFound }, site.routes))
  const nothing = { env: {}, jobEnvs: {}, timers: [], units: {}, endpoints: undefined, secrets: {} }
  return assemble(site, given, { ...nothing, nginx })
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}

function addLocations(
  nginx: Record<string, string>,
  service: string,
  byDomain: Record<string, string>,
): void {
  for (const [domain, text] of Object.entries(byDomain)) nginx[`locations/${domain}/${service}.conf`] = text
}

interface Parts {
  env: Record<string, string>
  /** Variables of processes and timers, by job. */
  jobEnvs: Record<string, Record<string, string>>
  /** The jobs that are timers. */
  timers: string[]
  units: Record<string, string>
  nginx: Record<string, string>
  endpoints: Endpoints | undefined
  secrets: SecretUses
}

function assemble(service: ServiceConfig, given: Ingredients, parts: Parts): Release {
  const manifest: Manifest = {
    format: MANIFEST_FORMAT,
    service: service.name,
    kind: service.kind,
    package: given.package,
    commit: given.commit,
    by: given.by,
    env: { ...parts.env, ...jobVariables(parts.jobEnvs) },
    ...(Object.keys(parts.secrets).length > 0 && { secrets: parts.secrets }),
    assets: given.assets,
    ports: given.ports ? [...given.ports] : null,
    routes: service.routes.map((route) => route.url),
    units: parts.units,
    spec: renderSpec(service, { ...parts, storePath: given.package }),
    nginx: { ...parts.nginx, ...domainFiles(service.name, service.routes) },
  }
  const files: Record<string, string> = {
    'release.json': `${JSON.stringify(manifest)}\n`,
    spec: manifest.spec,
    closure: given.closure.map(({ path, bytes }) => `${bytes} ${path}\n`).join(''),
    runtime: runtimeText(manifest, parts),
    env: renderEnvFile(parts.env),
  }
  const wrapper = withSecretsProgram(parts.secrets)
  if (wrapper !== undefined) files[WITH_SECRETS] = wrapper
  for (const [job, env] of Object.entries(parts.jobEnvs)) {
    if (Object.keys(env).length > 0) files[envFileName(job)] = renderEnvFile(env)
  }
  if (service.kind === 'service') {
    for (const slot of SLOTS) {
      const env = listenEnv(service.name, service.listen, given.ports, slot)
      if (Object.keys(env).length > 0) files[`env@${slot}`] = renderEnvFile(env)
    }
  }
  for (const [name, text] of Object.entries(parts.units)) files[`units/${name}`] = text
  for (const [path, text] of Object.entries(manifest.nginx)) files[`nginx/${path}`] = text
  return { manifest, files }
}

/** A job's variables as the manifest has them, beside the service's own: `worker.QUEUE`. */
function jobVariables(jobEnvs: Parts['jobEnvs']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(jobEnvs).flatMap(([job, env]) =>
      Object.entries(env).map(([name, value]) => [`${job}.${name}`, value]),
    ),
  )
}

/**
 * What running processes depend on: as long as it stays the same, they need no restart. Timers and what
 * they start are not running processes.
 */
function runtimeText({ service, package: path, secrets, assets, units }: Manifest, parts: Parts): string {
  const ofTimers = parts.timers.flatMap((name) => [`${service}-${name}.timer`, `${service}-${name}.service`])
  const without = <T>(entries: Record<string, T>, names: string[]) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)))
  const env = { ...parts.env, ...jobVariables(without(parts.jobEnvs, parts.timers)) }
  return `${JSON.stringify({ package: path, env, secrets, assets, units: without(units, ofTimers) })}\n`
}
