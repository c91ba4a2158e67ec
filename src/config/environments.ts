import { usageError } from '../errors.js'
import { configError, type Problem, pathText } from './problems.js'
import { didYouMean } from './suggest.js'

/** What an environment may be called: it becomes part of its project's name, of files' names and of a workflow's. */
const ENVIRONMENT_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/

/** The config that is meant, and which environment's it is. */
export interface Chosen {
  config: unknown
  /** undefined: the file has none. */
  environment: string | undefined
}

/**
 * The config that a file exports, or that of the environment which was asked for, where it has environments.
 * @throws SlipwayError where the file has environments and none was named, or not this one.
 */
export function chooseEnvironment(exported: unknown, asked: string | undefined, file: string): Chosen {
  if (!hasEnvironments(exported)) {
    if (asked === undefined) return { config: exported, environment: undefined }
    throw usageError({
      what: `${file} has no environments, so not "${asked}" either`,
      next: 'Leave --env out, or export `defineEnvironments({ … })`: docs/environments.md.',
    })
  }
  const problems = environmentProblems(exported)
  if (problems.length > 0) throw configError(file, problems)
  const names = Object.keys(exported.environments)
  const has = `It has ${names.join(', ')}.`
  if (asked === undefined) {
    throw usageError({
      what: `${file} has environments, and none was named`,
      why: has,
      still: 'Nothing was contacted or changed.',
      next: `Name one: --env ${names[0]}.`,
    })
  }
  if (!names.includes(asked)) {
    const guess = didYouMean(asked, names)
    throw usageError({
      what: `${file} has no environment "${asked}"`,
      why: has,
      still: 'Nothing was contacted or changed.',
      next: guess === undefined ? `Name one: --env ${names[0]}.` : `Did you mean --env ${guess}?`,
    })
  }
  return { config: exported.environments[asked], environment: asked }
}

function hasEnvironments(exported: unknown): exported is Exported {
  return typeof exported === 'object' && exported !== null && 'environments' in exported
}

/** A file's export, before its environments are known to be what they should. */
interface Exported {
  environments: Record<string, unknown>
}

function environmentProblems({ environments, ...others }: Exported): Problem[] {
  const path = 'environments'
  if (typeof environments !== 'object' || environments === null || Array.isArray(environments)) {
    return [{ path, message: 'expected an object: a config for each environment, by its name' }]
  }
  const names = Object.keys(environments)
  return [
    ...Object.keys(others).map((key) => ({
      path: pathText([key]),
      message: 'is outside of all environments',
      suggestion: 'each of them is a whole config: docs/environments.md',
    })),
    ...(names.length === 0 ? [{ path, message: 'is empty: it needs at least one' }] : []),
    ...names
      .filter((name) => !ENVIRONMENT_PATTERN.test(name))
      .map((name) => ({
        path: pathText([path, name]),
        message: 'an environment is named with a-z, 0-9 and "-", at most 32 of them',
      })),
  ]
}
