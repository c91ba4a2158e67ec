import * as z from 'zod/mini'
import { keySchema } from './key.js'

/** What a key asked for or was refused, or what was done about it. */
export const auditEntrySchema = z.object({
  /** By the host's clock, as ISO 8601. */
  at: z.string(),
  key: keySchema,
  /** The address it came from; empty for the host itself. */
  from: z.string(),
  /** `key`: the key was added, changed or removed, or what it had begun was ended. */
  kind: z.enum(['asked', 'refused', 'key']),
  text: z.string(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>
