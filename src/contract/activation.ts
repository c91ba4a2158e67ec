import * as z from 'zod/mini'
import { closurePathSchema, manifestSchema, secretVersionSchema } from './release.js'
import { nameSchema, projectSchema, storePathSchema } from './service.js'

/** The id of an activation: chosen by the deployer, 8 random bytes. */
export const activationIdSchema = z.string().check(z.regex(/^[0-9a-f]{16}$/))
/** What a confirmation must carry. */
export const nonceSchema = z.string().check(z.regex(/^[0-9a-f]{32}$/))
const who = z.string().check(z.maxLength(256))
const what = z.string().check(z.maxLength(1024))
const ms = z.int().check(z.gte(0), z.lte(86_400_000))
const number = z.int().check(z.gte(1), z.lte(999_999_999))

/** How systems are activated, in the words of `switch-to-configuration`. */
export const systemModeSchema = z.enum(['switch', 'boot', 'test'])
export type SystemMode = z.infer<typeof systemModeSchema>

const onHost = z.string().check(z.regex(/^(\/(?!\.\.?(?:\/|$))[^\0/]+)+$/), z.maxLength(4096))

const domain = z.string().check(z.regex(/^(\*\.)?[a-z0-9][a-z0-9.-]*$/), z.maxLength(253))

/** What a service takes over of a host that was set up by hand, when its first release is activated. */
export const adoptsSchema = z.strictObject({
  /** The unit that it takes the place of; null for none. */
  unit: z.nullable(z.string().check(z.regex(/^[A-Za-z0-9:_.\\-]+\.service$/), z.maxLength(255))),
  /** What is copied: to where in the state directory, empty for the directory itself. */
  state: z.array(
    z.strictObject({
      from: onHost,
      to: z.string().check(z.regex(/^([\w@+-][\w@+.-]*)?$/), z.maxLength(255)),
    }),
  ),
  /** Directives of nginx's configuration, in whose place its server block includes our locations. */
  directives: z.array(
    z.strictObject({
      domain,
      file: onHost,
      line: number,
      /** Its name and arguments, with a blank between. */
      text: z.string().check(z.maxLength(4096)),
    }),
  ),
  /** Whole server blocks of nginx's configuration, which give way to slipway's own. Absent: none. */
  servers: z.optional(
    z.array(
      z.strictObject({
        file: onHost,
        line: number,
        /** SHA-256 of its text as it was looked at, in hex. */
        digest: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
      }),
    ),
  ),
  /** Certificates that those have: served as they are until a domain has another. Absent: none. */
  certificates: z.optional(z.array(z.strictObject({ domain, certificate: onHost, key: onHost }))),
})
export type Adopts = z.infer<typeof adoptsSchema>

/** What one service is to become. */
export const serviceItemSchema = z.strictObject({
  kind: z.literal('service'),
  name: nameSchema,
  /** The release. */
  to: number,
  /** The release that must be current still; null for none. */
  expected: z.nullable(number),
  action: z.enum(['deploy', 'rollback', 'restart', 'promote', 'canary', 'rename']),
  /** For a rename: what it was called until now. The host makes its releases from that one's. */
  renames: z.optional(nameSchema),
  /** What it takes over; absent: nothing. */
  adopts: z.optional(adoptsSchema),
  /** For a canary: how many of a hundred requests it gets. */
  percent: z.optional(z.int().check(z.gte(1), z.lte(99))),
  /** Whether its hooks run on this host: on one of several. */
  hooks: z.boolean(),
  /** The project that asks: another's service is refused. */
  project: z.optional(projectSchema),
  /** Whether what is another project's is taken over. */
  takeOver: z.optional(z.boolean()),
})
export type ServiceItem = z.infer<typeof serviceItemSchema>

/** What one system is to become. */
export const systemItemSchema = z.strictObject({
  kind: z.literal('system'),
  name: nameSchema,
  /** The store path. */
  to: storePathSchema,
  action: z.enum(['deploy', 'rollback']),
  /** The generation to go to, where it exists already. */
  generation: z.nullable(z.int()),
  mode: systemModeSchema,
  user: z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/), z.maxLength(64)),
  /** null: the host finds it among the user's profiles, by `profileName`. */
  profile: z.nullable(z.string().check(z.maxLength(1024))),
  profileName: z.string().check(z.maxLength(256)),
  /** Whether the host waits for a confirmation, and reverts without one. */
  confirm: z.boolean(),
  /** Whether a failed activation is reverted. */
  revert: z.boolean(),
})
export type SystemItem = z.infer<typeof systemItemSchema>

export const itemSchema = z.discriminatedUnion('kind', [serviceItemSchema, systemItemSchema])
export type Item = z.infer<typeof itemSchema>

/** How a host guards an activation. */
export const guardSchema = z.strictObject({
  /** `all`: what succeeded is put back too when another item of it fails, and kept until all hosts are confirmed. */
  policy: z.enum(['each', 'all']),
  /** How long the activation itself may take. */
  activateMs: ms,
  /** How long a confirmation is waited for. */
  confirmMs: ms,
  /** How much longer, once the host could be reached by a new login: other hosts may be at work still. */
  holdMs: ms,
  escalate: z.nullable(
    z.strictObject({
      /** How long the network may stay away after a revert before network units are restarted. */
      networkMs: ms,
      /** null: those of the network managers and of sshd that are active. */
      units: z.nullable(z.array(z.string().check(z.regex(/^[A-Za-z0-9:_.\\@*][A-Za-z0-9:_.\\@*-]*$/)))),
      /** Counted from then; null: no reboot. */
      rebootMs: z.nullable(ms),
    }),
  ),
})
export type GuardSettings = z.infer<typeof guardSchema>

/** A release the host doesn't have yet. */
export const newReleaseSchema = z.strictObject({
  number,
  manifest: manifestSchema,
  closure: z.array(closurePathSchema),
  /** The stream over which the shipped files come, as a tar archive; null for none. */
  assets: z.nullable(z.int()),
})
export type NewRelease = z.infer<typeof newReleaseSchema>

/** A secret's value as it travels: Base64 of 120 KiB at most, which is what a variable holds (execve(2)). */
export const secretBase64Schema = z.string().check(z.maxLength(160 * 1024))

/** A value that a release needs and the host lacks. */
export const secretValueSchema = z.strictObject({
  service: nameSchema,
  name: z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.maxLength(128)),
  version: secretVersionSchema,
  value: secretBase64Schema,
})
export type SecretValue = z.infer<typeof secretValueSchema>

/** What makes versions of a service's secrets: HMAC-SHA256 keys, hexadecimal. */
export const secretKeySchema = z.strictObject({
  service: nameSchema,
  key: z.string().check(z.regex(/^[0-9a-f]+$/), z.maxLength(128)),
})

/** What a deploy asks of a host. */
export const applySchema = z.strictObject({
  id: activationIdSchema,
  nonce: nonceSchema,
  who,
  /** What it is, for whoever meets it. */
  what,
  guard: guardSchema,
  items: z.array(itemSchema),
  releases: z.array(newReleaseSchema),
  secrets: z.array(secretValueSchema),
  secretKeys: z.array(secretKeySchema),
})
export type ApplyRequest = z.infer<typeof applySchema>

/**
 * The states of an item:
 * prepared → armed → active → confirmed, or from each of these → reverting → reverted | revert-failed.
 */
export const ITEM_STATES = [
  'prepared',
  'armed',
  'active',
  'confirmed',
  'reverting',
  'reverted',
  'revert-failed',
] as const
export type ItemState = (typeof ITEM_STATES)[number]
