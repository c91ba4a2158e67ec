import * as z from 'zod/mini'

/** What a host has that slipway did not make: data, as systemd, nginx and the file system tell it. */

/** What lies at a path. `sqlite`: a file that begins as SQLite's do. */
export const pathKindSchema = z.enum(['file', 'sqlite', 'folder', 'link', 'other'])
export type PathKind = z.infer<typeof pathKindSchema>

/** A path that a unit names, or works in. */
export const pathSurveySchema = z.object({
  path: z.string(),
  /** Links followed. */
  real: z.string(),
  kind: pathKindSchema,
  /** Who owns it, by name or number. */
  owner: z.string(),
  /** Of a folder, what is in it; `more`: not all of it. */
  entries: z.optional(z.array(z.object({ name: z.string(), kind: pathKindSchema }))),
  more: z.optional(z.boolean()),
})
export type PathSurvey = z.infer<typeof pathSurveySchema>

/** A service unit. */
export const unitSurveySchema = z.object({
  name: z.string(),
  /** Its file, and those that add to it. */
  path: z.string(),
  dropIns: z.array(z.string()),
  /** The text of its file. */
  text: z.string(),
  /** Whether the file is a link into the Nix store, or elsewhere. */
  linked: z.nullable(z.string()),
  /** `UnitFileState`: `enabled`, `disabled`, `static`, … */
  enabled: z.string(),
  active: z.string(),
  type: z.string(),
  /** Empty for root. */
  user: z.string(),
  dynamicUser: z.boolean(),
  /** The words of `ExecStart=`, a list for each command. */
  exec: z.array(z.array(z.string())),
  workingDirectory: z.string(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })),
  /** Their names alone: the values may be secret. */
  environmentFiles: z.array(z.object({ path: z.string(), names: z.nullable(z.array(z.string())) })),
  /** Sockets, timers and paths that start it. */
  triggeredBy: z.array(z.string()),
  listens: z.array(z.object({ address: z.string(), port: z.number() })),
  paths: z.array(pathSurveySchema),
})
export type UnitSurvey = z.infer<typeof unitSurveySchema>

/** A directive of nginx's; `block`: it has others in it. */
export const directiveSurveySchema = z.object({
  name: z.string(),
  args: z.array(z.string()),
  line: z.number(),
  block: z.boolean(),
})
export type DirectiveSurvey = z.infer<typeof directiveSurveySchema>

/** A server block. */
export const serverSurveySchema = z.object({
  file: z.string(),
  line: z.number(),
  /** SHA-256 of its text, in hex. */
  digest: z.string(),
  directives: z.array(directiveSurveySchema),
  /** Those with something in them, `location` and others. */
  blocks: z.array(
    z.object({
      name: z.string(),
      args: z.array(z.string()),
      line: z.number(),
      directives: z.array(directiveSurveySchema),
    }),
  ),
})
export type ServerSurvey = z.infer<typeof serverSurveySchema>

/** What certbot renews: a file in /etc/letsencrypt/renewal. */
export const renewalSurveySchema = z.object({
  name: z.string(),
  file: z.string(),
  /** How it proves itself: `nginx`, `webroot`, `standalone`; null: it does not say. */
  authenticator: z.nullable(z.string()),
  /** The folders in which it puts its proof, where it does so by files. */
  webroots: z.array(z.string()),
})

export const surveySchema = z.object({
  units: z.array(unitSurveySchema),
  servers: z.array(serverSurveySchema),
  upstreams: z.array(
    z.object({ name: z.string(), file: z.string(), line: z.number(), servers: z.array(z.string()) }),
  ),
  /** Why nginx's configuration, or a file of it, could not be read. */
  unread: z.array(z.object({ file: z.string(), why: z.string() })),
  renewals: z.array(renewalSurveySchema),
  /** Who listens on TCP ports, by unit; null where no unit of its own does. */
  listeners: z.array(z.object({ port: z.number(), program: z.string(), unit: z.nullable(z.string()) })),
})
export type Survey = z.infer<typeof surveySchema>

/** An absolute path in a text: what comes before it, more slashes than it has, the path, and slashes at its end. */
const PATHS = /(^|[=:,;\s])(\/*)(\/[^\s:,;?#'"]*?)(\/*)(?=$|[\s:,;?#'"])/g

/** Absolute paths in a text: one by itself, or in a URL, an option or a list. */
export function pathsIn(text: string): string[] {
  const found = [...text.matchAll(PATHS)].flatMap(([, , , path = '']) => (path.length > 1 ? [path] : []))
  return [...new Set(found)]
}

/** The same text with other paths in it. */
export function withPaths(text: string, other: (path: string) => string): string {
  return text.replace(PATHS, (_whole, before: string, more: string, path: string, end: string) =>
    [before, more, path.length > 1 ? other(path) : path, end].join(''),
  )
}
