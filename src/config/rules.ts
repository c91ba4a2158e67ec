import { directiveProblems } from './directive-rules.js'
import { healthProblems } from './health-rules.js'
import { httpProblems } from './http-rules.js'
import { HOST_NAME_PATTERN, serviceNameProblem, suggestServiceName } from './names.js'
import type { Problem } from './problems.js'
import { redirectProblems } from './redirect-rules.js'
import type { Config, ProgramConfig, ServiceConfig } from './resolved.js'
import { routeKey } from './route.js'
import { secretProblems } from './secret-rules.js'
import { didYouMean } from './suggest.js'
import { systemProblems } from './system-rules.js'

/** What a schema can't say: rules between fields and between services. */
export function semanticProblems(config: Config): Problem[] {
  return [
    ...Object.keys(config.hosts).flatMap(hostNameProblems),
    ...config.services.flatMap((service) => [
      ...nameProblems(service),
      ...hostProblems(`services.${service.name}.hosts`, service.hosts, config),
      ...(service.kind === 'service'
        ? [
            ...programProblems(service),
            ...healthProblems(service),
            ...directiveProblems(service),
            ...secretProblems(service),
          ]
        : siteProblems(service)),
      ...httpProblems(service),
    ]),
    ...config.systems.flatMap(({ name, host }) =>
      hostProblems(`systems.${name}.host`, host === '' ? [] : [host], config),
    ),
    ...systemProblems(config),
    ...unitClashes(config.services),
    ...routeClashes(config.services),
    ...redirectProblems(config),
    ...portClashes(config.services),
  ]
}

function hostNameProblems(name: string): Problem[] {
  if (HOST_NAME_PATTERN.test(name)) return []
  return [{ path: `hosts['${name}']`, message: 'a host is named with letters, digits and . _ -' }]
}

function nameProblems({ name, ...service }: ServiceConfig): Problem[] {
  const problems: Problem[] = []
  const problem = serviceNameProblem(name)
  if (problem) {
    problems.push({
      path: `services['${name}']`,
      message: problem,
      suggestion: `for example "${suggestServiceName(name)}"`,
    })
  }
  if (service.kind !== 'service') return problems
  for (const [field, jobs] of [
    ['processes', service.processes] as const,
    ['timers', service.timers] as const,
  ]) {
    for (const job of jobs) {
      if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(job.name)) continue
      problems.push({
        path: `services.${name}.${field}['${job.name}']`,
        message: `can't be part of a unit name: a-z, 0-9 and "-"`,
        suggestion: `for example "${suggestServiceName(job.name)}"`,
      })
    }
  }
  return problems
}

/** The problems of a field that names hosts. */
function hostProblems(path: string, hosts: readonly string[], config: Config): Problem[] {
  const known = Object.keys(config.hosts)
  return hosts
    .filter((host) => !known.includes(host))
    .map((host) => {
      const guess = didYouMean(host, known)
      return {
        path,
        message: `there is no host "${host}"`,
        suggestion: guess ? `did you mean "${guess}"?` : `known: ${known.join(', ') || 'none'}`,
      }
    })
}

function programProblems(service: ProgramConfig): Problem[] {
  const at = `services.${service.name}`
  const problems: Problem[] = []
  if (!service.listen && service.routes.length > 0) {
    problems.push({
      path: `${at}.routes`,
      message: 'has routes, but the service does not listen',
      suggestion: 'add `listen`',
    })
  }
  for (const [index, asset] of service.assets.entries()) {
    const parts = asset.split('/')
    const namesSomething = parts.some((part) => part !== '' && part !== '.')
    if (!asset.startsWith('/') && !parts.includes('..') && namesSomething) continue
    problems.push({
      path: `${at}.assets[${index}]`,
      message: `"${asset}" must be a file or folder below the config's own folder`,
    })
  }
  const owned = { PORT: 'port', LISTEN_PATH: 'unix' } as const
  for (const [variable, mode] of Object.entries(owned)) {
    if (service.listen?.mode === mode && (variable in service.env || variable in service.envPackages)) {
      problems.push({
        path: `${at}.env.${variable}`,
        message: `is set by slipway, since listen is '${mode}'`,
      })
    }
  }
  return problems
}

function siteProblems(site: ServiceConfig): Problem[] {
  if (site.routes.length > 0) return []
  return [{ path: `services.${site.name}.routes`, message: 'a site needs at least one route' }]
}

/** Two things of which there can be only one, found on the same host. */
function clashes(
  services: ServiceConfig[],
  claims: (service: ServiceConfig) => { key: string; path: string }[],
  message: (key: string, first: string) => string,
): Problem[] {
  const seen = new Map<string, string>()
  const problems = new Map<string, Problem>()
  for (const service of services) {
    for (const { key, path } of claims(service)) {
      for (const host of service.hosts) {
        const first = seen.get(`${host} ${key}`)
        if (first) problems.set(path, { path, message: message(key, first) })
        else seen.set(`${host} ${key}`, path)
      }
    }
  }
  return [...problems.values()]
}

function unitClashes(services: ServiceConfig[]): Problem[] {
  return clashes(
    services,
    (service) => {
      if (service.kind === 'site') return []
      const own = { key: service.name, path: `services.${service.name}` }
      const jobs = (field: 'processes' | 'timers') =>
        service[field].map(({ name }) => ({
          key: `${service.name}-${name}`,
          path: `${own.path}.${field}.${name}`,
        }))
      return [own, ...jobs('processes'), ...jobs('timers')]
    },
    (unit, first) => `its unit ${unit}.service is also that of ${first}`,
  )
}

function routeClashes(services: ServiceConfig[]): Problem[] {
  return clashes(
    services,
    (service) =>
      service.routes.map((route, index) => ({
        key: routeKey(route),
        path: `services.${service.name}.routes[${index}]`,
      })),
    (key, first) => `${key} is claimed by ${first} already`,
  )
}

function portClashes(services: ServiceConfig[]): Problem[] {
  return clashes(
    services,
    (service) =>
      service.kind === 'service' && service.listen?.mode === 'fixed'
        ? [{ key: String(service.listen.port), path: `services.${service.name}.listen.port` }]
        : [],
    (port, first) => `port ${port} is taken by ${first} already`,
  )
}
