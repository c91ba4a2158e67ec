import type { z } from 'zod'
import { usageError } from '../errors.js'
import { knownKeys, valueAt } from './known-keys.js'
import { didYouMean } from './suggest.js'

/** One thing that is wrong with a config. */
export interface Problem {
  /** Where, such as `services.fortune.listen.port`. */
  path: string
  /** What is there and what was expected. */
  message: string
  /** What was probably meant. */
  suggestion?: string | undefined
}

/** The path as one would write it in TypeScript. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `['${name}']`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

/** All problems as one error for the user. */
export function configError(
  file: string,
  problems: readonly Problem[],
  reference = '`slipway docs` lists every field',
): Error {
  const lines = problems.map(({ path, message, suggestion }) => {
    const hint = suggestion ? `; ${suggestion}` : ''
    return `  ${path || '(the config)'}: ${message}${hint}`
  })
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return usageError({
    what: `${file} has ${count}`,
    why: lines.join('\n'),
    still: 'Nothing was contacted or changed.',
    next: `Correct it and run the command again; ${reference}.`,
  })
}

/**
 * zod's issues as ours: the deepest matching branch of a union speaks, unknown keys get a suggestion. `schema`: what was
 * validated, where it is not a slipway.config.ts.
 */
export function problemsOf(error: z.ZodError, input: unknown, schema?: z.ZodType): Problem[] {
  return error.issues.flatMap((issue) => issueProblems(issue as Issue, [], { value: input, schema }))
}

/** What is validated, and against what. */
interface Input {
  value: unknown
  schema: z.ZodType | undefined
}

type Issue = z.core.$ZodIssue

function issueProblems(issue: Issue, prefix: readonly PropertyKey[], input: Input): Problem[] {
  const path = [...prefix, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, input))
    case 'invalid_union':
      return unionProblems(issue, path, input)
    case 'invalid_key':
      return [{ path: pathText(path), message: issue.issues[0]?.message ?? issue.message }]
    case 'invalid_type':
      return [
        {
          path: pathText(path),
          message: mismatch(path, article(issue.expected), valueAt(input.value, path)),
        },
      ]
    case 'invalid_value':
      return [wrongValue(path, expectation(issue), issue.values, valueAt(input.value, path))]
    default:
      return [{ path: pathText(path), message: lowerFirst(issue.message) }]
  }
}

/** What zod says of a union whose schema has no words for what is there. */
const NO_HINT = 'Invalid input'

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>

/** What each branch of a union says; a branch that is a union without words of its own stands for its branches. */
function branchesOf({ errors }: UnionIssue): Issue[][] {
  return errors.flatMap((branch) => {
    const [first] = branch
    const isUnion = branch.length === 1 && first?.code === 'invalid_union' && first.path.length === 0
    return isUnion && first.message === NO_HINT ? branchesOf(first) : [branch]
  })
}

function unionProblems(issue: UnionIssue, path: PropertyKey[], input: Input) {
  const value = valueAt(input.value, path)
  if (path.at(-1) === 'kind') return [notMadeBy(path)]
  const branches = branchesOf(issue)
  // A branch that fails below the value, or for its keys, was meant; one that fails at it was not.
  const meant = branches.find((branch) =>
    branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  )
  if (meant) return meant.flatMap((inner) => issueProblems(inner, path, input))
  const inner = branches.flat()
  const expected = [...new Set(inner.map(expectation))].join(' or ')
  const values = inner.flatMap((entry) => (entry.code === 'invalid_value' ? entry.values : []))
  const wrong = wrongValue(path, expected, values, value)
  return [issue.message === NO_HINT ? wrong : { ...wrong, suggestion: issue.message }]
}

/** Something that none of the config's functions made; `path` is that of its `kind`. */
function notMadeBy(path: readonly PropertyKey[]): Problem {
  const makers = path[0] === 'systems' ? 'system()' : 'service() or site()'
  return { path: pathText(path.slice(0, -1)), message: `expected what ${makers} returns` }
}

/** A value that is none of those allowed, perhaps by a typo. */
function wrongValue(
  path: PropertyKey[],
  expected: string,
  allowed: readonly unknown[],
  value: unknown,
): Problem {
  const words = allowed.filter((word) => typeof word === 'string')
  const guess = typeof value === 'string' ? didYouMean(value, words) : undefined
  return {
    path: pathText(path),
    message: mismatch(path, expected, value),
    ...(guess === undefined ? {} : { suggestion: `did you mean "${guess}"?` }),
  }
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return article(issue.expected)
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ')
  return lowerFirst(issue.message).replace(/^expected /, '')
}

function mismatch(path: readonly PropertyKey[], expected: string, value: unknown): string {
  if (value === undefined) return `is missing: expected ${expected}`
  // Somebody may have put a value where a secret is described.
  return path.includes('secrets') ? `expected ${expected}` : `expected ${expected}, got ${show(value)}`
}

const ARTICLES: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
}

function article(expected: string): string {
  return ARTICLES[expected] ?? expected
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function unknownKey(path: readonly PropertyKey[], key: string, input: Input): Problem {
  const known = knownKeys(path, input.value, input.schema)
  const guess = didYouMean(key, known)
  return {
    path: pathText([...path, key]),
    message: 'unknown field',
    suggestion: guess ? `did you mean "${guess}"?` : `known here: ${known.join(', ')}`,
  }
}
