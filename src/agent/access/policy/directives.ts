import { isDeepStrictEqual } from 'node:util'
import type { Directive } from '../../../contract/service.js'
import { exceeds, isLimit } from './limits.js'
import { problem, shown } from './text.js'

type Directives = Readonly<Record<string, Directive>>

/**
 * What is wrong with the directives that a key sends for a unit. Limits are finite, and none is wider than what an
 * administrator has deployed, for it or for what it could run as instead (`limits`); all others are those that an administrator has deployed, all of them, or none: half of them
 * might take away what made the rest safe.
 */
export function directiveProblems(
  where: string,
  directives: Directives,
  inherited: Directives | undefined,
  limits = inherited,
): string[] {
  return [
    ...Object.entries(limits ?? {}).flatMap(([name, value]) =>
      problem(
        exceeds(name, directives[name], value),
        `${where} has a wider limit than an administrator has deployed: ${name}=${shown(value)}`,
      ),
    ),
    ...foreignProblems(where, strict(directives), strict(inherited ?? {})),
  ]
}

function foreignProblems(where: string, sent: Directives, approved: Directives): string[] {
  if (Object.keys(sent).length === 0) return []
  if (isDeepStrictEqual(sent, approved)) return []
  const foreign = Object.entries(sent).filter(
    ([name, value]) => !Object.hasOwn(approved, name) || !isDeepStrictEqual(approved[name], value),
  )
  if (foreign.length === 0) {
    const missing = Object.keys(approved).filter((name) => !Object.hasOwn(sent, name))
    return [
      `${where} has only some of the directives that an administrator has deployed; missing: ${missing.join(', ')}`,
    ]
  }
  return foreign.flatMap(([name, value]) =>
    problem(true, `a directive of ${where} is not allowed: ${shown(name)}=${shown(value)}`),
  )
}

/** Those that are no limits. */
function strict(directives: Directives): Record<string, Directive> {
  return Object.fromEntries(Object.entries(directives).filter(([name, value]) => !isLimit(name, value)))
}
