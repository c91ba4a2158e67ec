import * as z from 'zod'
import { DURATION_PATTERN, durationMs } from '../../config/duration.js'
import { positiveDuration } from '../../config/duration-schema.js'
import { SYSTEM_NAME_PATTERN } from '../../config/names.js'
import type { ServerConfig } from './define.js'
import { branchProblem, repoProblem } from './git-names.js'

/** Looking more often is no use: webhooks tell at once. */
const SHORTEST_POLL = '10s'

const checked = (problem: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = problem(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

const name = z.string().regex(SYSTEM_NAME_PATTERN, 'expected a-z, 0-9 and "-", beginning with a letter')

const poll = positiveDuration.refine(
  (text) => !DURATION_PATTERN.test(text) || durationMs(text) >= durationMs(SHORTEST_POLL),
  `expected a duration of at least "${SHORTEST_POLL}"`,
)

const webhookSchema = z.strictObject({
  forge: z.enum(['github', 'gitlab', 'forgejo']),
  secret: z.union([
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable') }),
    z.strictObject({ file: z.string().min(1) }),
  ]),
})

const folder = z
  .string()
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/, 'expected a folder within the repository')

const sourceSchema = z.strictObject({
  name,
  repo: checked(repoProblem),
  branch: checked(branchProblem).default('main'),
  path: folder.default('.'),
  env: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected the name of an environment')
    .optional(),
  services: z.array(name).min(1),
  webhook: webhookSchema.optional(),
  poll: poll.default('1m'),
  deadline: positiveDuration.default('1h'),
})

/** An address of this machine, and a port. */
const LISTEN_PATTERN = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5})$/

/** `slipway.server.ts` as people write it. */
export const serverSchema = z.strictObject({
  sources: z.array(sourceSchema).min(1),
  listen: z
    .string()
    .regex(LISTEN_PATTERN, 'expected an address of this machine and a port, such as "127.0.0.1:4780"')
    .default('127.0.0.1:4780'),
  names: z
    .array(z.string().regex(/^[a-z0-9.-]+(?::\d+)?$/, 'expected a name such as deploy.example.com'))
    .default([]),
  parallel: z.int().min(1).max(32).default(2),
}) satisfies z.ZodType<unknown, ServerConfig>

export type ResolvedServer = z.output<typeof serverSchema>
export type ResolvedSource = ResolvedServer['sources'][number]
