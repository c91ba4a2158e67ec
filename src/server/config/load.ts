import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { durationMs } from '../../config/duration.js'
import { evaluateConfig } from '../../config/evaluate.js'
import { configError, type Problem, problemsOf } from '../../config/problems.js'
import { usageError } from '../../errors.js'
import { type ResolvedSource, serverSchema } from './schema.js'

export const SERVER_CONFIG = 'slipway.server.ts'
/** Of a webhook's secret, in characters: what is shorter can be guessed. */
const SHORTEST_SECRET = 16

/** A source with all that the server needs to know of it. */
export interface Source extends Omit<ResolvedSource, 'poll' | 'deadline' | 'webhook'> {
  pollMs: number
  deadlineMs: number
  webhook: { forge: 'github' | 'gitlab' | 'forgejo'; secret: string } | undefined
}

export interface Server {
  sources: Source[]
  host: string
  port: number
  /** Names by which it may be asked, beside its address. */
  names: string[]
  parallel: number
  /** Variables of the environment that hold secrets: no deploy gets them. */
  secretVariables: string[]
}

/**
 * Reads a `slipway.server.ts`, and the secrets that it names.
 * @throws SlipwayError with every problem found, each with its path.
 */
export async function loadServer(file: string, env: NodeJS.ProcessEnv): Promise<Server> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw usageError({
      what: `there is no ${path}`,
      next: `It says what the server deploys: docs/server.md. Another one is named with --config FILE.`,
    })
  }
  return resolveServer(await evaluateConfig(path), { file, folder: dirname(path), env })
}

interface Origin {
  file: string
  folder: string
  env: NodeJS.ProcessEnv
}

/** A validated config with its secrets. */
export function resolveServer(input: unknown, { file, folder, env }: Origin): Server {
  const parsed = serverSchema.safeParse(input)
  const reference = 'docs/server.md lists every field'
  if (!parsed.success) throw configError(file, problemsOf(parsed.error, input, serverSchema), reference)
  const { sources, listen, ...others } = parsed.data
  const problems: Problem[] = twice(sources)
  const resolved = sources.map(({ poll, deadline, webhook, ...source }, index) => {
    const path = `sources[${index}].webhook.secret`
    const secret = webhook && secretOf(webhook.secret, folder, env)
    if (secret?.problem !== undefined) problems.push({ path, message: secret.problem })
    return {
      ...source,
      pollMs: durationMs(poll),
      deadlineMs: durationMs(deadline),
      webhook: webhook && { forge: webhook.forge, secret: secret?.value ?? '' },
    }
  })
  if (problems.length > 0) throw configError(file, problems, reference)
  const colon = listen.lastIndexOf(':')
  return {
    ...others,
    sources: resolved,
    host: listen.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(listen.slice(colon + 1)),
    secretVariables: sources.flatMap(({ webhook }) =>
      webhook && 'env' in webhook.secret ? [webhook.secret.env] : [],
    ),
  }
}

/** One service is one source's: else two deploys of it could run at once. */
function twice(sources: readonly ResolvedSource[]): Problem[] {
  const problems: Problem[] = []
  const names = new Set<string>()
  const owners = new Map<string, string>()
  for (const [index, { name, services }] of sources.entries()) {
    if (names.has(name))
      problems.push({ path: `sources[${index}].name`, message: `there is another "${name}"` })
    names.add(name)
    for (const service of new Set(services)) {
      const owner = owners.get(service)
      if (owner !== undefined) {
        problems.push({ path: `sources[${index}].services`, message: `"${service}" is deployed by ${owner}` })
      }
      owners.set(service, name)
    }
  }
  return problems
}

/** Others than its owner can read it: such a secret is none. */
const READABLE_BY_OTHERS = 0o077

function secretOf(
  secret: NonNullable<ResolvedSource['webhook']>['secret'],
  folder: string,
  env: NodeJS.ProcessEnv,
): { value?: string; problem?: string } {
  const place = 'env' in secret ? `the variable ${secret.env}` : resolve(folder, secret.file)
  let value: string | undefined
  if ('env' in secret) value = env[secret.env]
  else {
    try {
      if ((statSync(place).mode & READABLE_BY_OTHERS) !== 0) {
        return { problem: `${place} can be read by others: chmod 600 makes it yours` }
      }
      value = readFileSync(place, 'utf8').trim()
    } catch (error) {
      return { problem: `${place} can't be read: ${(error as Error).message}` }
    }
  }
  if (value === undefined) return { problem: `${place} is not set` }
  if (value.length < SHORTEST_SECRET) {
    return {
      problem: `${place} holds fewer than ${SHORTEST_SECRET} characters: \`openssl rand -hex 32\` makes one`,
    }
  }
  return { value }
}
