import type { Adopts } from '../../contract/activation.js'
import { stateDir } from '../../contract/paths.js'
import type { Adopted, Adoption } from '../../init/adopt/adoption.js'
import { whereText } from '../../init/detect/tree.js'
import { colors as pc } from './colors.js'

/** What a host was found to serve, and what of it stays as it is. */
export function adoptionText({ services, left }: Adoption): string {
  const found = services.map((service) =>
    [
      `${pc.green('+')} ${pc.bold(service.name)} ${pc.dim(`(${whereText(service.at)})`)}`,
      ...facts(service),
    ].join('\n'),
  )
  const stays = left.map(({ what, why }) => `${pc.dim('left alone:')} ${what}: ${why}`)
  if (found.length === 0) return ['Nothing here would be a service of slipway.', ...stays].join('\n')
  return [...found, ...stays].join('\n')
}

function facts({ routes, listen, state, claims, ...more }: Adopted): string[] {
  const { hindrances, notes, vhosts, package: built } = more
  return [
    ...routes.map(
      ({ value, origin }) =>
        `  at ${value.url}${origin.kind === 'found' ? pc.dim(` (${whereText(origin.at)})`) : ''}`,
    ),
    ...(listen ? [`  listens on port ${listen.value}`] : []),
    ...(state ? [`  keeps ${claims.state.map(({ from }) => from).join(', ')}`] : []),
    ...(built.origin.kind === 'guessed'
      ? [`  ${pc.yellow('guessed')}: its package ${built.value} (${built.origin.why})`]
      : []),
    ...hindrances.map((one) => `  ${pc.red('not yet')}: ${one}`),
    ...vhosts.flatMap((one) => (one.renewal === undefined ? [] : [`  ${pc.red('not yet')}: ${one.renewal}`])),
    ...vhosts.flatMap(({ names, hindrances }) =>
      hindrances.map((one) => `  ${pc.yellow('note')}: the server block of ${names[0]} stays: ${one}`),
    ),
    ...notes.map((one) => `  ${pc.yellow('note')}: ${one}`),
  ]
}

/** What moving a service over takes from the host. */
export function claimsText({ name, notes }: Adopted, claims: Adopts, host: string): string {
  const { unit, state, directives, servers = [], certificates = [] } = claims
  const own = stateDir(name)
  return [
    `${name} on ${host} takes over:`,
    ...(unit === null ? [] : [`  ${unit}: stopped, and its file put aside`]),
    ...state.map(({ from, to }) =>
      from === own
        ? `  ${from}: its owner becomes ${name}`
        : `  ${from}: copied to ${[own, to].filter(Boolean).join('/')}`,
    ),
    ...directives.map(
      ({ file, line, text }) => `  ${file}:${line}: \`${text}\` gives way to the routes of ${name}`,
    ),
    ...servers.map(({ file, line }) => `  ${file}:${line}: its server block gives way to slipway's own`),
    ...certificates.map(
      ({ domain, certificate }) => `  ${certificate}: ${domain} goes on being served with it`,
    ),
    ...notes.map((one) => `  ${pc.yellow('note')}: ${one}`),
    'If it does not become healthy, or nobody confirms it, all of this is put back.',
  ].join('\n')
}
