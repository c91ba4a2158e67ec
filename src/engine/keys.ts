import { KEY_NAME_PATTERN, serviceNameProblem } from '../config/names.js'
import { keyNameOf, parsePublicKey } from '../config/public-key.js'
import type { Config } from '../config/resolved.js'
import { parseRoute } from '../config/route.js'
import type { Key } from '../contract/key.js'
import { domainsOf } from '../contract/service.js'
import type { KeyReport, Params, Result } from '../contract/verbs.js'
import { usageError } from '../errors.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost } from './login.js'
import { projectOf } from './project.js'
import { hostOf } from './selection.js'

/** A key, and what it is to do. */
export interface NewKey {
  /** What it may deploy. */
  services: readonly string[]
  /** Whether it may look at all of the host. */
  observe: boolean
  /** What logs call it. Default: the name of its file. */
  name: string | undefined
  /** The text of a public key of ssh, and the name of its file. */
  key: { text: string; file: string }
  /** URLs that a service may serve beside its own in the config; `SERVICE=URL` where there are several. */
  routes: readonly string[]
  /** Whether it may be given for another project's service. */
  takeOver: boolean
}

/** What adding a key gave. */
export interface AddedKey extends Result<'addKey'> {
  name: string
  /** What it may deploy, and which URLs each may serve: domains, each with a path. */
  services: { service: string; routes: string[] }[]
  observe: boolean
}

/**
 * Authorises a key, or changes what it may do.
 * @throws SlipwayError for what is no key, no name, no right or no URL.
 */
export async function addKey(engine: Engine, config: Config, host: string, given: NewKey): Promise<AddedKey> {
  const names = [...new Set(given.services.map(knownName))]
  const { observe } = given
  if (names.length === 0 && !observe) {
    throw usageError({
      what: 'a key without any right would be of no use',
      next: 'Say what it may deploy with --service, or let it look at the host with --observe.',
    })
  }
  const name = given.name ?? keyNameOf(given.key.file)
  if (!KEY_NAME_PATTERN.test(name)) {
    throw usageError({
      what: `"${name}" can't name a key: a-z, 0-9 and "-"`,
      next: 'Give it one with --name.',
    })
  }
  const key = parsePublicKey(given.key.text, given.key.file)
  const services = routesOf(config, names, given.routes)
  const { name: project } = await projectOf(config)
  const grant: Params<'addKey'> = {
    ...{ name, services, observe, project, takeOver: given.takeOver },
    key: `${key.type} ${key.base64}`,
  }
  const added = await onHost(engine, hostOf(config, host), (login) => call(login, 'addKey', grant))
  return {
    ...{ name, observe, ...added },
    services: services.map(({ service, routes }) => ({
      service,
      routes: routes.map(({ domain, path }) => `${domain}${path}`),
    })),
  }
}

/** The keys that a host has, and the user they log in as; null where there is none. */
export function listKeys(
  engine: Engine,
  config: Config,
  host: string,
): Promise<{ user: string | null; keys: KeyReport[] }> {
  return onHost(engine, hostOf(config, host), (login) => call(login, 'listKeys', {}))
}

/** Takes a key's access away. `service`: null for a key that was granted more than one service. */
export async function removeKey(
  engine: Engine,
  config: Config,
  host: string,
  { service, name }: Key,
): Promise<Result<'removeKey'>> {
  const params = { service: service === null ? null : knownName(service), name }
  return onHost(engine, hostOf(config, host), (login) => call(login, 'removeKey', params))
}

function knownName(service: string): string {
  const problem = serviceNameProblem(service)
  if (problem !== undefined) throw usageError({ what: problem })
  return service
}

/** What each service may serve: what the config says that it does, and what is named beside it. */
function routesOf(config: Config, services: readonly string[], more: readonly string[]) {
  const named = more.map((text) => namedRoute(text, services))
  return services.map((service) => {
    const own = config.services.find(({ name }) => name === service)?.routes ?? []
    const added = named.filter((one) => one.service === service).map(({ route }) => route)
    const routes = [...own, ...added].flatMap((route) =>
      domainsOf(route).map((domain) => ({ domain, path: domain === route.domain ? route.path : '/' })),
    )
    return { service, routes }
  })
}

/** `URL`, or `SERVICE=URL` where it would not be clear whose it is. */
function namedRoute(text: string, services: readonly string[]) {
  const [, of, url = text] = /^([a-z][a-z0-9-]*)=(.*)$/.exec(text) ?? []
  const service = of ?? (services.length === 1 ? services[0] : undefined)
  if (service === undefined || !services.includes(service)) {
    const what = `it is not clear which service may serve ${url}`
    throw usageError({ what, next: `Say so: --route ${services[0] ?? 'SERVICE'}=${url}, beside --service.` })
  }
  const route = parseRoute(/^https?:/.test(url) ? url : `https://${url}`)
  if ('problem' in route) throw usageError({ what: route.problem })
  return { service, route }
}
