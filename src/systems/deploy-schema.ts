import * as z from 'zod'
import { PROFILE_NAME_PATTERN, PROFILE_PATH_PATTERN, USER_PATTERN } from '../config/system-schema.js'

/**
 * A flake's `deploy` output as deploy-rs reads it (its `interface.json` and `src/data.rs`). Like there, null
 * is as good as absent, and unknown fields are no errors: evaluation lists them in `unknown`.
 */

const text = z.string().nullish()
/** No option of ssh, and one word. */
const word = (expected: string) =>
  z
    .string()
    .trim()
    .regex(/^[^\s-]\S*$/, expected)
const flag = z.boolean().nullish()
/** deploy-rs keeps seconds in 16 bits. */
const SECONDS = 'expected a whole number of seconds from 1 to 65535'
const seconds = z.int(SECONDS).min(1, SECONDS).max(65_535, SECONDS).nullish()
const unknown = z.array(z.string())

/** Settings that may stand at any of the three levels. */
export const SETTINGS = {
  sshUser: word('expected the name of a user').nullish(),
  user: z.string().regex(USER_PATTERN, 'expected the name of a user').nullish(),
  sshOpts: z.array(z.string()).optional(),
  fastConnection: flag,
  autoRollback: flag,
  magicRollback: flag,
  confirmTimeout: seconds,
  activationTimeout: seconds,
  remoteBuild: flag,
  sudo: text,
  tempPath: text,
  interactiveSudo: flag,
}
const settings = z.object({ ...SETTINGS, unknown })

/** What a profile has beside them. `path` is never evaluated, only whether it is there. */
export const PROFILE_FIELDS = {
  profilePath: z
    .string()
    .regex(PROFILE_PATH_PATTERN, 'expected the absolute path of a Nix profile')
    .nullish(),
}
const profile = settings.extend({ ...PROFILE_FIELDS, hasPath: z.boolean() })

/** What a node has beside them. */
export const NODE_FIELDS = {
  hostname: word('expected the name or address of a host'),
  profilesOrder: z.array(z.string()).default([]),
}
const profileName = z.string().regex(PROFILE_NAME_PATTERN, "can't be the name of a Nix profile")
const node = settings.extend({ ...NODE_FIELDS, profiles: z.record(profileName, profile) })

export const deploySchema = settings.extend({
  /** All nodes of the flake; `nodes` may hold only the one that was asked for. */
  nodeNames: z.array(z.string()),
  nodes: z.record(z.string().regex(/^[^"]+$/, 'a name with a quote has no installable'), node),
})

export type Settings = z.infer<typeof settings>
export type DeployProfile = z.infer<typeof profile>
export type DeployNode = z.infer<typeof node>
export type Deploy = z.infer<typeof deploySchema>
