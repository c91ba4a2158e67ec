import * as z from 'zod/mini'
import {
  activationIdSchema,
  applySchema,
  nonceSchema,
  secretBase64Schema,
  secretKeySchema,
} from './activation.js'
import { auditEntrySchema } from './audit.js'
import { cacheHasSchema, cacheProblemSchema, readCacheSchema } from './cache.js'
import { eventSchema } from './events.js'
import { holderSchema } from './failure.js'
import { keySchema } from './key.js'
import { secretVersionSchema } from './release.js'
import { certificateReportSchema, reportSchema } from './report.js'
import { nameSchema, portSchema, projectSchema, storePathSchema } from './service.js'
import { surveySchema } from './survey.js'

/** Raised whenever the two ends would misunderstand each other. */
export const CONTRACT_VERSION = 2

const who = z.string().check(z.maxLength(256))
const secretName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.maxLength(128))
/** What a key may be called: a word of a command line, and a file. */
const keyName = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]*$/), z.maxLength(63))
const domain = z.string().check(z.regex(/^(\*\.)?[a-z0-9][a-z0-9.-]*$/), z.maxLength(253))
const derivationSchema = storePathSchema.check(z.regex(/\.drv$/))
const nothing = z.object({})
/** The number of a stream of bytes: chosen by the end that opens it, odd by the deployer, even by the agent. */
const stream = z.int().check(z.gte(1))

/** How many store paths may be asked for with one call: a service's closure has some hundred at most. */
export const MOST_PATHS = 1000

/** How many caches a host is to look in, one after the other. */
const MOST_CACHES = 16

/** How a deploy, or a rollback, of one item ended, in its history. */
export const historyResultSchema = z.enum(['good', 'failed', 'refused', 'revert-failed'])
export type HistoryResult = z.infer<typeof historyResultSchema>

/** A line of a service's history. */
export const logEntrySchema = z.object({
  at: z.string(),
  action: z.string(),
  release: z.number(),
  from: z.nullable(z.number()),
  commit: z.nullable(z.string()),
  by: z.string(),
  seconds: z.number(),
  result: historyResultSchema,
})
export type LogEntry = z.infer<typeof logEntrySchema>

/** A key, and what it may do. */
export const keyReportSchema = z.object({
  ...keySchema.shape,
  fingerprint: z.string(),
  /** What it may deploy, with domain and path prefix of each route that it may serve. */
  services: z.array(z.object({ service: z.string(), routes: z.array(z.string()) })),
  /** Whether it may look at all of the host. */
  observe: z.boolean(),
  /** Seconds since 1970. */
  added: z.number(),
})
export type KeyReport = z.infer<typeof keyReportSchema>

/** A change that `setup` makes, or what only its owner can do. */
export const setupNoteSchema = z.object({ kind: z.enum(['change', 'manual']), text: z.string() })
export type SetupNote = z.infer<typeof setupNoteSchema>

/** What a deployer may ask of a host: what goes in, what comes back. */
export const VERBS = {
  /** The first call. Fails with `version` where the contract is another. */
  hello: {
    params: z.object({ contract: z.number(), version: z.string() }),
    result: z.object({
      contract: z.number(),
      version: z.string(),
      bundle: z.string(),
      became: z.boolean(),
      key: z.nullable(keySchema),
      /** Whether the agent is part of the host's NixOS configuration, which alone brings another. */
      declared: z.optional(z.boolean()),
      /** The bundle that was brought last and did not run, and why; absent: it ran, or none was brought. */
      failedUpgrade: z.optional(z.object({ hash: z.string(), why: z.string() })),
    }),
  },
  report: {
    params: z.object({
      /** Asks services how they do. */
      probe: z.boolean(),
      /** Tells Nix's settings too. */
      settings: z.boolean(),
      /** Tells what versions of secrets are made with. */
      secretKeys: z.boolean(),
      /** Tells what the host has of these names that slipway did not make. */
      names: z.optional(z.array(nameSchema)),
      /** Tells who else listens on ports that services choose themselves. */
      ports: z.optional(z.array(z.object({ service: nameSchema, port: portSchema }))),
      systems: z.array(
        z.object({
          name: nameSchema,
          user: z.string().check(z.maxLength(64)),
          profileName: z.string().check(z.maxLength(256)),
          profile: z.nullable(z.string().check(z.maxLength(1024))),
        }),
      ),
    }),
    result: reportSchema,
  },
  /** What there is that slipway did not make. Changes nothing. */
  survey: { params: nothing, result: surveySchema },
  /** Stages releases and begins an activation; its events follow as notifications. */
  apply: { params: applySchema, result: nothing },
  /** Has the events of an activation sent, from the first that isn't known. Fails with `gone`. */
  follow: { params: z.object({ id: activationIdSchema, known: z.int() }), result: nothing },
  /** Asks an activation to stop and put back what was there. Fails with `gone`. */
  abort: {
    params: z.object({ id: activationIdSchema, reason: z.string().check(z.maxLength(4096)) }),
    result: nothing,
  },
  /** Has the activation that has the host's turn put back what was there, whoever began it. Ends when it has ended. */
  abortTurn: {
    params: z.object({ who }),
    /** Whose it was, null for nobody's; and what the activation told. */
    result: z.object({ holder: z.nullable(holderSchema), events: z.array(eventSchema) }),
  },
  /** Comes over the login that is to confirm. Ends when nothing but the confirmation is missing. */
  reach: { params: z.object({ id: activationIdSchema }), result: nothing },
  /** Disarms the guard. */
  confirm: { params: z.object({ id: activationIdSchema, nonce: nonceSchema }), result: nothing },
  /** The end is known: the record of the activation may go. */
  acknowledge: { params: z.object({ id: activationIdSchema }), result: nothing },
  /** Takes back what was confirmed, because it went wrong elsewhere; events follow. */
  undo: {
    params: z.object({ id: activationIdSchema, who, reason: z.string().check(z.maxLength(4096)) }),
    result: nothing,
  },
  /**
   * For a key: has the host get a package of its service by itself, from what it has, from caches that it trusts, or by
   * building the derivation that was sent. Asked again until it is there.
   */
  realise: {
    params: z.object({
      service: nameSchema,
      package: storePathSchema,
      /** What makes it; null for what is named by its content. */
      derivation: z.nullable(derivationSchema),
      /** Whether to fetch and build; else it is only looked whether it is there. */
      mayWork: z.boolean(),
    }),
    result: z.discriminatedUnion('state', [
      /** It is on the host, and stays there until the key names another. */
      z.object({ state: z.literal('there') }),
      z.object({ state: z.literal('missing') }),
      z.object({
        state: z.literal('needs'),
        /** Store paths that are to be sent: a derivation with all it is made of, or what is named by its content. */
        paths: z.array(storePathSchema),
        /** Derivations whose outputs are: their content is known beforehand. */
        outputs: z.array(derivationSchema),
      }),
      /** It is fetched, or built: what Nix tells of it (`--log-format internal-json`) comes over a stream, which ends with that. */
      z.object({ state: z.literal('working'), stream }),
    ]),
  },
  /** Names those of some store paths that are not on the host. */
  lacking: {
    params: z.object({ paths: z.array(storePathSchema).check(z.maxLength(MOST_PATHS)) }),
    result: z.object({ paths: z.array(storePathSchema) }),
  },
  /** Takes in store paths, as `nix-store --export` writes them. Fails where they need what isn't there. */
  importPaths: { params: z.object({ stream }), result: nothing },
  withdraw: { params: z.object({ service: nameSchema, who }), result: z.object({ withdrawn: z.number() }) },
  maintenance: { params: z.object({ service: nameSchema, on: z.boolean() }), result: nothing },
  stop: { params: z.object({ service: nameSchema, who }), result: nothing },
  remove: {
    params: z.object({ service: nameSchema, who, purge: z.boolean() }),
    result: z.object({ stateKept: z.boolean() }),
  },
  /** The newest entries of a service's history, the oldest first. */
  history: {
    params: z.object({ service: nameSchema }),
    result: z.object({ entries: z.array(logEntrySchema) }),
  },
  /** A service's journal, as text over a stream that the agent opens; a followed one ends with `stopStream`. */
  logs: {
    params: z.object({
      service: nameSchema,
      follow: z.boolean(),
      lines: z.nullable(z.int().check(z.gte(0), z.lte(1_000_000))),
      since: z.nullable(z.string().check(z.regex(/^[A-Za-z0-9+-][A-Za-z0-9 :.+-]*$/), z.maxLength(64))),
      /** Only lines that match: journalctl(1), --grep. */
      grep: z.optional(z.string().check(z.minLength(1), z.maxLength(1000))),
    }),
    result: z.object({ stream }),
  },
  keepSecret: {
    params: z.object({
      service: nameSchema,
      name: secretName,
      version: secretVersionSchema,
      key: secretKeySchema.shape.key,
      value: secretBase64Schema,
      who,
    }),
    result: nothing,
  },
  forgetSecret: { params: z.object({ service: nameSchema, name: secretName, who }), result: nothing },
  /** Names those of some store paths that a binary cache of the host does not have. */
  cacheLacking: {
    params: z.object({ cache: nameSchema, paths: z.array(storePathSchema).check(z.maxLength(MOST_PATHS)) }),
    result: z.object({ paths: z.array(storePathSchema) }),
  },
  /** Adds store paths of the host to a binary cache of it, with all they need: how many were new, and their bytes there. */
  cacheAdd: {
    params: z.object({ cache: nameSchema, paths: z.array(storePathSchema).check(z.maxLength(MOST_PATHS)) }),
    result: z.object({ paths: z.int(), bytes: z.number() }),
  },
  /** What caches have of some store paths, as the host sees them: it trusts each cache by its key alone. */
  lookInCaches: {
    params: z.object({
      caches: z.array(readCacheSchema).check(z.maxLength(MOST_CACHES)),
      paths: z.array(storePathSchema).check(z.maxLength(MOST_PATHS)),
    }),
    result: z.object({ found: z.array(cacheHasSchema), problems: z.array(cacheProblemSchema) }),
  },
  /** Fetches what they have of those that the host lacks; answers with what it got. */
  fetchPaths: {
    params: z.object({
      caches: z.array(readCacheSchema).check(z.maxLength(MOST_CACHES)),
      paths: z.array(storePathSchema).check(z.maxLength(MOST_PATHS)),
    }),
    result: z.object({ found: z.array(cacheHasSchema), problems: z.array(cacheProblemSchema) }),
  },
  /** `publicKey`: `NAME:BASE64`, what whoever reads the cache has to trust. */
  cacheInfo: { params: z.object({ cache: nameSchema }), result: z.object({ publicKey: z.string() }) },
  listKeys: {
    params: nothing,
    result: z.object({ user: z.nullable(z.string()), keys: z.array(keyReportSchema) }),
  },
  addKey: {
    params: z.object({
      name: keyName,
      /** `TYPE BASE64`. */
      key: z.string().check(z.maxLength(16_384)),
      services: z.array(
        z.object({
          service: nameSchema,
          routes: z.array(z.object({ domain, path: z.string().check(z.maxLength(1024)) })),
        }),
      ),
      observe: z.boolean(),
      /** The project that asks: for another's service a key is refused. */
      project: z.optional(projectSchema),
      /** Whether it is given all the same. */
      takeOver: z.optional(z.boolean()),
    }),
    result: z.object({
      fingerprint: z.string(),
      user: z.string(),
      changed: z.boolean(),
      notes: z.array(setupNoteSchema),
    }),
  },
  /** Ends a key's access, its logins, and what it has begun. */
  removeKey: {
    params: z.object({ service: z.nullable(nameSchema), name: keyName }),
    result: z.object({ notes: z.array(setupNoteSchema) }),
  },
  /** What keys asked for and were refused: the newest entries, the oldest first. */
  audit: {
    params: z.object({
      /** Of keys of this name alone. */
      name: z.nullable(keyName),
      lines: z.int().check(z.gte(1), z.lte(10_000)),
    }),
    result: z.object({ entries: z.array(auditEntrySchema) }),
  },
  certificates: {
    params: z.object({
      /** `due`: gets what is due; `asked`: also where a pause after a failure is not over; `force`: what is not due. */
      mode: z.enum(['list', 'due', 'asked', 'force']),
      /** How long it may take. */
      ms: z.int(),
      /** Empty: all. */
      domains: z.array(domain),
    }),
    result: z.object({ certificates: z.array(certificateReportSchema) }),
  },
  /** Credentials of DNS providers: lines NAME=value. */
  setCertificateEnv: { params: z.object({ text: z.string().check(z.maxLength(65_536)) }), result: nothing },
  certificateAuthority: { params: nothing, result: z.object({ pem: z.string() }) },
  /** What an activation of a system would do, as the system itself tells it. Changes nothing. */
  dryActivate: {
    params: z.object({ path: storePathSchema, user: z.string().check(z.maxLength(64)) }),
    result: z.object({ output: z.string(), status: z.number() }),
  },
  /** Makes the host ready, or says what that takes. Packages and the agent itself are the bootstrap's. */
  prepare: {
    params: z.object({
      dry: z.boolean(),
      deployUser: z.nullable(z.string()),
      /** Programs that are needed too: lego, openssl. */
      programs: z.array(z.string().check(z.regex(/^[a-z0-9-]+$/))),
    }),
    result: z.object({ notes: z.array(setupNoteSchema) }),
  },
  /** Removes from the Nix store what nothing holds. Fails with `locked`, or where others are logged in: they may be copying. */
  gc: {
    params: z.object({
      who,
      /** Only where less than this is free, in KiB; null: always. */
      shortOfKb: z.nullable(z.int().check(z.gte(0))),
    }),
    /** Bytes free beside the Nix store. */
    result: z.object({ collected: z.boolean(), before: z.number(), after: z.number() }),
  },
  /**
   * Takes off what the agent answers for: keys and their user, services, what nginx includes. What is left is the agent
   * itself. Called again after a failure, it does the rest. Fails with `locked`, or where others are logged in.
   */
  uninstall: {
    params: z.object({ who, purge: z.boolean() }),
    result: z.object({
      /** What was taken off by this call: services, and the user that keys logged in as. */
      services: z.array(z.string()),
      deployUser: z.nullable(z.string()),
      /** What stays: state directories by their service, system users, systems. */
      states: z.array(z.string()),
      users: z.array(z.string()),
      systems: z.array(z.string()),
      /** Services that took the place of something: what that was stays, too. */
      aside: z.array(z.string()),
      /** Domains whose server blocks are somebody else's, and include what is no longer there. */
      included: z.array(z.string()),
    }),
  },
  /** Brings another version of the agent, as a bundle over a stream; this one ends when that one answers. */
  upgrade: {
    params: z.object({ hash: z.string().check(z.regex(/^[0-9a-f]{16}$/)), stream }),
    result: nothing,
  },
} as const

export type Verb = keyof typeof VERBS
export type Params<V extends Verb> = z.infer<(typeof VERBS)[V]['params']>
export type Result<V extends Verb> = z.infer<(typeof VERBS)[V]['result']>

/** What the agent tells without being asked each time: the event with this number of an activation. */
export const eventNotificationSchema = z.object({ id: activationIdSchema, seq: z.int(), event: eventSchema })
export type EventNotification = z.infer<typeof eventNotificationSchema>
export const EVENT_NOTIFICATION = 'event'
