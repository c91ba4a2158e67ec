import type { ServiceConfig } from '../config/resolved.js'
import { serviceData } from '../config/service-data.js'
import { type Commit, type Manifest, type Ports, RELEASE_FORMAT } from '../contract/release.js'
import type { Service } from '../contract/service.js'
import { picksPorts } from '../release/listen.js'

/** All that decides what a release is, beside the service's config. */
export interface Ingredients {
  /** The store path of the package. */
  package: string
  /** The store paths of what its variables name, by their names. */
  envPackages?: Readonly<Record<string, string>> | undefined
  /** The program found in the package; only used where the config names none. */
  program: string | undefined
  commit: Commit | null
  /** The project that the config is of. */
  project?: string | undefined
  by: string
  /** A digest of the assets; null where there are none. */
  assets: string | null
  /** The ports slipway picked, where it needs some. */
  ports: Ports | undefined
  /** The versions of its secrets on the host, by name. */
  secrets?: Record<string, string> | undefined
}

/** A release as data, from a service's config and its ingredients. */
export function manifestOf(config: ServiceConfig, given: Ingredients): Manifest {
  const { package: storePath, envPackages = {}, commit, project, by, assets, ports, secrets = {} } = given
  const service = withVariables(serviceData(config), envPackages)
  return {
    format: RELEASE_FORMAT,
    service,
    package: storePath,
    ...(Object.keys(envPackages).length > 0 && { envPackages: { ...envPackages } }),
    program: service.kind === 'service' && service.run === undefined ? (given.program ?? null) : null,
    commit,
    ...(project !== undefined && { project }),
    by,
    assets,
    ports: needsPorts(service) && ports ? [...ports] : null,
    secrets: service.kind === 'service' ? knownVersions(Object.keys(service.secretsAs), secrets) : {},
  }
}

function withVariables(service: Service, envPackages: Readonly<Record<string, string>>): Service {
  return service.kind === 'site' ? service : { ...service, env: { ...service.env, ...envPackages } }
}

/** Whether a service needs ports that slipway picks. */
export function needsPorts(service: Service): boolean {
  return service.kind === 'service' && picksPorts(service.listen)
}

function knownVersions(names: readonly string[], versions: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const version = versions[name]
      return version === undefined ? [] : [[name, version]]
    }),
  )
}
