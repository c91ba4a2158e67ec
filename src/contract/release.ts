import * as z from 'zod/mini'
import { projectSchema, serviceSchema, storePathSchema, textSchema } from './service.js'

/** The form of `release.json`. Hosts may hold releases of form 1, which the shell program of 0.1 made. */
export const RELEASE_FORMAT = 2

/** Where the source of a release stood in git. */
export const commitSchema = z.strictObject({
  id: z.string().check(z.maxLength(64)),
  /** Whether tracked files had changes that were not committed. */
  dirty: z.boolean(),
})
export type Commit = z.infer<typeof commitSchema>

/** A path of a package's closure and its own size (Nix's `narSize`). */
export const closurePathSchema = z.strictObject({ path: storePathSchema, bytes: z.int() })
export type ClosurePath = z.infer<typeof closurePathSchema>

const secretName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.maxLength(128))
/** A version of a secret: a keyed digest of its value, `.cred` where the host has encrypted it. */
export const secretVersionSchema = z.string().check(z.regex(/^[0-9a-f]+(\.cred)?$/), z.maxLength(128))

/** `release.json`: all that makes a release. The host renders units, variables and nginx's part from it. */
export const manifestSchema = z.strictObject({
  format: z.literal(RELEASE_FORMAT),
  service: serviceSchema,
  package: storePathSchema,
  /** Store paths beside it that some of its variables are, by their names; absent: none. */
  envPackages: z.optional(z.record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), storePathSchema)),
  /** The program found in the package; null where the config names one, or there is none. */
  program: z.nullable(textSchema.check(z.maxLength(1024))),
  commit: z.nullable(commitSchema),
  /** The project it came from; absent in releases of before projects had names: anybody's. */
  project: z.optional(projectSchema),
  /** Who made it, as `user@machine`. */
  by: z.string().check(z.maxLength(256)),
  /** A digest of the shipped files; null without any. */
  assets: z.nullable(z.string().check(z.regex(/^[0-9a-f]+$/), z.maxLength(128))),
  /** The ports slipway picked, one for each slot: for `listen: 'port'`, and to tell networks of their own apart. */
  ports: z.nullable(z.tuple([z.int(), z.int()])),
  /** Which versions of its secrets it refers to, by name. */
  secrets: z.record(secretName, secretVersionSchema),
})
export type Manifest = z.infer<typeof manifestSchema>

/** All that a release holds in the Nix store. */
export function packagesOf({ package: main, envPackages = {} }: Manifest): string[] {
  return [...new Set([main, ...Object.values(envPackages)])]
}

/** The ports slipway picked for a service, one for each slot. */
export type Ports = readonly [number, number]
