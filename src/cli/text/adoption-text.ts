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

function facts({ routes, listen, state, claims, hindrances, notes, package: built }: Adopted): string[] {
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
    ...notes.map((one) => `  ${pc.yellow('note')}: ${one}`),
  ]
}

/** What moving a service over takes from the host. */
export function claimsText(
  { name, claims: { unit, state, directives }, notes }: Adopted,
  host: string,
): string {
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
    ...notes.map((one) => `  ${pc.yellow('note')}: ${one}`),
    'If it does not become healthy, or nobody confirms it, all of this is put back.',
  ].join('\n')
}
