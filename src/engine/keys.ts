import { KEY_NAME_PATTERN, serviceNameProblem } from '../config/names.js'
import { keyNameOf, parsePublicKey } from '../config/public-key.js'
import type { Config } from '../config/resolved.js'
import { parseRoute } from '../config/route.js'
import { domainsOf } from '../contract/service.js'
import type { KeyReport, Params, Result } from '../contract/verbs.js'
import { usageError } from '../errors.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost } from './login.js'
import { projectOf } from './project.js'
import { hostOf } from './selection.js'

/** A key that is to deploy one service. */
export interface NewKey {
  service: string
  /** What logs call it. Default: the name of its file. */
  name: string | undefined
  /** The text of a public key of ssh, and the name of its file. */
  key: { text: string; file: string }
  /** URLs that it may serve beside the service's in the config. */
  routes: readonly string[]
  /** Whether it may be given for another project's service. */
  takeOver: boolean
}

/** What adding a key gave. */
export interface AddedKey extends Result<'addKey'> {
  service: string
  name: string
  /** What it may serve: domains, each with a path. */
  routes: string[]
}

/**
 * Authorises a key, or changes what it may serve.
 * @throws SlipwayError for what is no key, no name or no URL.
 */
export async function addKey(engine: Engine, config: Config, host: string, given: NewKey): Promise<AddedKey> {
  const service = knownName(given.service)
  const name = given.name ?? keyNameOf(given.key.file)
  if (!KEY_NAME_PATTERN.test(name)) {
    throw usageError({
      what: `"${name}" can't name a key: a-z, 0-9 and "-"`,
      next: 'Give it one with --name.',
    })
  }
  const key = parsePublicKey(given.key.text, given.key.file)
  const routes = routesOf(config, service, given.routes)
  const { name: project } = await projectOf(config)
  const grant: Params<'addKey'> = {
    ...{ service, name, routes, project, takeOver: given.takeOver },
    key: `${key.type} ${key.base64}`,
  }
  const added = await onHost(engine, hostOf(config, host), (login) => call(login, 'addKey', grant))
  return {
    ...{ service, name, ...added },
    routes: routes.map(({ domain, path }) => `${domain}${path}`),
  }
}

/** The keys for one service each that a host has, and the user they log in as; null where there is none. */
export function listKeys(
  engine: Engine,
  config: Config,
  host: string,
): Promise<{ user: string | null; keys: KeyReport[] }> {
  return onHost(engine, hostOf(config, host), (login) => call(login, 'listKeys', {}))
}

/** Takes a key's access away. */
export async function removeKey(
  engine: Engine,
  config: Config,
  host: string,
  { service, name }: { service: string; name: string },
): Promise<Result<'removeKey'>> {
  const params = { service: knownName(service), name }
  return onHost(engine, hostOf(config, host), (login) => call(login, 'removeKey', params))
}

function knownName(service: string): string {
  const problem = serviceNameProblem(service)
  if (problem !== undefined) throw usageError({ what: problem })
  return service
}

/** What a key may serve: what the config says the service does, and what is named beside it. */
function routesOf(config: Config, service: string, more: readonly string[]) {
  const own = config.services.find(({ name }) => name === service)?.routes ?? []
  const named = more.map((text) => {
    const route = parseRoute(/^https?:/.test(text) ? text : `https://${text}`)
    if ('problem' in route) throw usageError({ what: route.problem })
    return route
  })
  return [...own, ...named].flatMap((route) =>
    domainsOf(route).map((domain) => ({ domain, path: domain === route.domain ? route.path : '/' })),
  )
}
