import type { ServiceConfig } from '../../config/resolved.js'
import type { Adopts } from '../../contract/activation.js'
import { stateDir } from '../../contract/paths.js'
import { domainsOf } from '../../contract/service.js'
import { pathsIn } from '../../contract/survey.js'
import type { Adopted, AdoptedVhost } from './adoption.js'

/** Why a service can't be moved as its config has it: what would be lost, a sentence each. Pure. */
export function unready(adopted: Adopted, config: ServiceConfig): string[] {
  return [
    ...adopted.hindrances,
    ...lostRoutes(adopted, config),
    ...(config.kind === 'service' ? [...lostVariables(adopted, config), ...lostState(adopted, config)] : []),
  ]
}

/** What moving a service over takes from the host, as its config has it. */
export function claimsOf({ claims, vhosts }: Adopted, config: Pick<ServiceConfig, 'routes'>): Adopts {
  const whole = vhosts.filter((vhost) => isWhole(vhost, config))
  if (whole.length === 0) return claims
  return {
    ...claims,
    directives: claims.directives.filter(({ domain }) => !whole.some(({ names }) => names.includes(domain))),
    servers: whole.flatMap(({ servers }) => servers),
    certificates: whole.flatMap(({ certificates }) => certificates.map(({ value }) => value)),
  }
}

/** Whether a config has slipway's own server blocks in place of the host's. */
function isWhole({ names }: AdoptedVhost, { routes }: Pick<ServiceConfig, 'routes'>): boolean {
  return routes.some(({ domain, server }) => names.includes(domain) && server !== 'existing')
}

function lostRoutes({ routes, vhosts }: Adopted, config: ServiceConfig): string[] {
  const whole = vhosts.filter((vhost) => isWhole(vhost, config))
  const staying = routes.filter(
    ({ value }) => !whole.some(({ names }) => names.includes(new URL(value.url).hostname)),
  )
  return [
    ...whole.flatMap((vhost) => lostOfVhost(vhost, config)),
    ...staying.flatMap(({ value: { url } }) => (routeTo(url, config) ? [] : [nowhere(url)])),
  ]
}

function lostOfVhost(
  { names, routes, redirects, certificates, hindrances, renewal }: AdoptedVhost,
  config: ServiceConfig,
): string[] {
  const existing = config.routes.find(({ domain, server }) => names.includes(domain) && server === 'existing')
  const led = new Set(config.routes.flatMap(domainsOf))
  const brought = config.routes.some(({ tls }) =>
    certificates.some(({ value }) => tls?.[value.domain]?.from === 'files'),
  )
  return [
    ...hindrances.map(
      (one) => `${names[0]} can't leave its server block: ${one}; or keep that, with server: 'existing'`,
    ),
    ...(existing
      ? [`${existing.domain} has server: 'existing', and ${names.join(', ')} leave one server block together`]
      : []),
    ...routes.flatMap(({ value: { url } }) => {
      const own = routeTo(url, config)
      if (own === undefined) return [nowhere(url)]
      return url.startsWith('https:') && own.scheme !== 'https'
        ? [`${url} would be served over HTTP alone: write https:// in its routes`]
        : []
    }),
    ...redirects
      .filter(({ from }) => !led.has(from))
      .map(
        ({ from, to }) =>
          `${from}, which leads to ${to}, would lead nowhere: add it to redirectFrom of its route`,
      ),
    ...(brought && renewal !== undefined ? [renewal] : []),
  ]
}

function routeTo(url: string, config: ServiceConfig) {
  const { hostname, pathname } = new URL(url)
  return config.routes.find(({ domain, path }) => domain === hostname && path === pathname)
}

function nowhere(url: string): string {
  return `${url} would lead nowhere: add it to its routes`
}

type Program = Extract<ServiceConfig, { kind: 'service' }>

function lostVariables({ env, open }: Adopted, config: Program): string[] {
  const set = new Set([...Object.keys(config.env), ...config.secrets.map(({ name }) => name)])
  const missing = [...Object.keys(env).map((name) => ({ name, at: 'its unit' })), ...open].filter(
    ({ name }) => !set.has(name),
  )
  return missing.map(
    ({ name, at }) => `${at} sets ${name}, and the config does not: add it to env or secrets`,
  )
}

/** A green deploy whose data stays behind must not be. */
function lostState({ name, claims: { state } }: Adopted, config: Program): string[] {
  if (state.length === 0) return []
  const problems = config.state
    ? []
    : [`it keeps ${state.map(({ from }) => from).join(', ')}: it needs \`state: true\``]
  const own = stateDir(name)
  const left = Object.entries(config.env).filter(([, value]) =>
    pathsIn(value).some((path) =>
      state.some(({ from }) => from !== own && (path === from || path.startsWith(`${from}/`))),
    ),
  )
  return [
    ...problems,
    ...left.map(([variable, value]) => `${variable} is ${value} still, which is copied to ${own}`),
  ]
}
