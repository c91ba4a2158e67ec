import type { ServiceConfig } from '../../config/resolved.js'
import { stateDir } from '../../contract/paths.js'
import { pathsIn } from '../../contract/survey.js'
import type { Adopted } from './adoption.js'

/** Why a service can't be moved as its config has it: what would be lost, a sentence each. Pure. */
export function unready(adopted: Adopted, config: ServiceConfig): string[] {
  return [
    ...adopted.hindrances,
    ...lostRoutes(adopted, config),
    ...(config.kind === 'service' ? [...lostVariables(adopted, config), ...lostState(adopted, config)] : []),
  ]
}

function lostRoutes({ routes }: Adopted, config: ServiceConfig): string[] {
  return routes.flatMap(({ value: { url } }) => {
    const { hostname, pathname } = new URL(url)
    const own = config.routes.find(({ domain, path }) => domain === hostname && path === pathname)
    if (own === undefined) return [`${url} would lead nowhere: add it to its routes`]
    return own.server === 'existing'
      ? []
      : [`${url} is in a server block that stays: write { url: '${url}', server: 'existing' }`]
  })
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
