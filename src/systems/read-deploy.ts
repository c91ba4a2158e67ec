import { type Problem, problemsOf } from '../config/problems.js'
import { usageError } from '../errors.js'
import { type Deploy, deploySchema } from './deploy-schema.js'

/** A path into the flake's outputs as Nix writes it. */
export function nixPath(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      const name = /^[A-Za-z_][\w'-]*$/.test(String(key)) ? String(key) : `"${String(key)}"`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

/** All problems of a `deploy` output as one error. */
export function deployError(problems: readonly Problem[]): Error {
  const lines = problems.map(
    ({ path, message, suggestion }) => `  ${path}: ${message}${suggestion ? `; ${suggestion}` : ''}`,
  )
  return usageError({
    what: `the flake's deploy output has ${lines.length === 1 ? 'a problem' : `${lines.length} problems`}`,
    why: lines.join('\n'),
    still: 'Nothing was contacted or changed.',
  })
}

/**
 * What evaluation gave of a `deploy` output, validated.
 * @throws SlipwayError with every problem.
 */
export function readDeploy(json: unknown): Deploy {
  const parsed = deploySchema.safeParse(json)
  if (parsed.success) return parsed.data
  // The schema has no unions: each issue is one problem, in the same order.
  const problems = problemsOf(parsed.error, json).map((problem, index) => ({
    ...problem,
    path: nixPath(['deploy', ...(parsed.error.issues[index]?.path ?? [])]),
  }))
  throw deployError(problems)
}
