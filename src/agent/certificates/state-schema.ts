import * as z from 'zod/mini'
import { certificateReportSchema } from '../../contract/report.js'

const seconds = z.number()
const problemKindSchema = z.enum([
  'dns',
  'clock',
  'file',
  'tool',
  'unreachable',
  'rate-limit',
  'challenge',
  'other',
])

/** What is known of a certificate, in its version's folder. */
export const factsSchema = z.strictObject({
  version: z.literal(1),
  notBefore: seconds,
  notAfter: seconds,
  issuer: z.nullable(z.string()),
  /** Where it is from; the ACME server, if it is from one. */
  from: certificateReportSchema.shape.from,
  server: z.nullable(z.string()),
})
export type Facts = z.infer<typeof factsSchema>

/** Why a domain has no certificate, or not the one it should have. */
export const failureSchema = z.strictObject({
  version: z.literal(1),
  kind: problemKindSchema,
  /** Failed attempts in a row. */
  failures: z.number(),
  /** Before then nobody is asked; null: at the next look. */
  next: z.nullable(seconds),
  problem: z.string(),
})
export type AttemptFailure = z.infer<typeof failureSchema>
