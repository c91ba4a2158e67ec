import * as z from 'zod/mini'
import { nameSchema, storePathSchema } from './service.js'

/** `NAME:BASE64`, 32 bytes of Ed25519, as `nix-store --generate-binary-cache-key` prints it. */
export const cacheKeySchema = z.string().check(z.regex(/^[^\s:'"]+:[A-Za-z0-9+/]{43}=$/), z.maxLength(512))

/** A cache that a host may fetch from, and whom it trusts there. Over HTTP alone: what Nix says of others comes late. */
export const readCacheSchema = z.strictObject({
  name: nameSchema,
  url: z.string().check(z.regex(/^https?:\/\/[^\s'"\\]+$/), z.maxLength(2048)),
  key: cacheKeySchema,
})
export type ReadCache = z.infer<typeof readCacheSchema>

/** Why something of a cache is of no use: it does not answer, or what it has is not signed by whom the host trusts. */
export const cacheProblemSchema = z.object({
  cache: z.string(),
  kind: z.enum(['down', 'unsigned', 'wrong-key', 'broken']),
  /** How many paths it is about; 0: all. */
  paths: z.int(),
  why: z.string(),
})
export type CacheProblem = z.infer<typeof cacheProblemSchema>

/** What a cache has of what was looked for. */
export const cacheHasSchema = z.object({
  cache: z.string(),
  paths: z.array(storePathSchema),
  /** What it would send, as it packs it. */
  bytes: z.number(),
})
export type CacheHas = z.infer<typeof cacheHasSchema>
