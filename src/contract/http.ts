import * as z from 'zod/mini'

/**
 * How nginx serves a route, where that is otherwise than usual. All of it becomes words of nginx's configuration: no
 * grammar here has a character that ends a word, a string or a block, or begins a variable.
 */

/** Entries of a list or a table: more slow nginx down for every request. */
const MAX_ENTRIES = 256
/** A header's value, in characters: with every quote escaped it must be one word of nginx's, which has room for 4096. */
const MAX_HEADER_LENGTH = 2000
/** A day: longer than anybody waits for an answer. */
const MAX_TIMEOUT_MS = 86_400_000
/** A tebibyte. */
const MAX_BODY_BYTES = 1024 ** 4
/** The most, and the least, that nginx may keep of an answer's head: its own default is a page of memory. */
const MAX_HEAD_BYTES = 1024 ** 2
const MIN_HEAD_BYTES = 4096
/** 27 years, as for other lifetimes. */
const MAX_CACHE_SECONDS = 864_000_000
const MAX_RATE = 100_000

/** An IP address, or a range of them (RFC 4632): `10.0.0.0/8`. */
const addresses = z
  .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
  .check(z.minLength(1), z.maxLength(MAX_ENTRIES))

/** Printable ASCII without `$` and `\`. */
const headerValue = z.string().check(z.regex(/^[ -#%-[\]-~]*$/), z.maxLength(MAX_HEADER_LENGTH))
/** Headers that say how an answer is framed, or that nginx or the program alone can know. */
export const FRAMING_HEADERS =
  /^(connection|content-length|content-encoding|content-range|date|etag|keep-alive|last-modified|server|set-cookie|te|trailer|transfer-encoding|upgrade|x-accel-.*)$/i
/** They are said elsewhere: of a domain by its owner, of a site's files by `cache`. */
export const HEADERS_SAID_ELSEWHERE = /^(strict-transport-security|cache-control)$/i
const headerName = z.string().check(
  z.regex(/^[A-Za-z][A-Za-z0-9-]*$/),
  z.maxLength(64),
  z.refine(
    (name) => !FRAMING_HEADERS.test(name) && !HEADERS_SAID_ELSEWHERE.test(name),
    "Not a route's to say",
  ),
)

/** A path below a route: as nginx compares it, without escapes. */
const redirectedPath = z.string().check(z.regex(/^\/[A-Za-z0-9._~@+/-]*$/), z.maxLength(1024))
/** A path of the domain, or a URL. */
const redirectTarget = z
  .string()
  .check(
    z.regex(/^(https?:\/\/[a-z0-9.-]+(:[0-9]{1,5})?)?(\/[A-Za-z0-9._~@+%?=&,:#/-]*)?$/),
    z.minLength(1),
    z.maxLength(1024),
  )

export const redirectSchema = z.strictObject({
  /** Below the route. */
  from: redirectedPath,
  to: redirectTarget,
  status: z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]),
})
export type Redirect = z.infer<typeof redirectSchema>

export const httpSchema = z.strictObject({
  /** The largest body of a request; 0: any. */
  maxBodyBytes: z.optional(z.int().check(z.gte(0), z.lte(MAX_BODY_BYTES))),
  /** The largest head of an answer, status line and headers together. */
  maxHeadBytes: z.optional(z.int().check(z.gte(MIN_HEAD_BYTES), z.lte(MAX_HEAD_BYTES))),
  /** How long the program may send, or take, nothing. */
  timeoutMs: z.optional(z.int().check(z.gte(1), z.lte(MAX_TIMEOUT_MS))),
  /** Whether nginx takes a request whole before the program sees it, and an answer as fast as the program gives it. */
  bufferRequests: z.optional(z.boolean()),
  bufferResponses: z.optional(z.boolean()),
  /** Headers of every answer, in place of the program's own of that name; null: none of that name. */
  headers: z.optional(
    z
      .record(headerName, z.nullable(headerValue))
      .check(z.refine((value) => Object.keys(value).length <= MAX_ENTRIES, 'Too many')),
  ),
  /** Who may not ask, and who alone may. */
  deny: z.optional(addresses),
  allow: z.optional(addresses),
  /** What nginx asks visitors for: the name of a secret that is for it, and what browsers show (RFC 7617). */
  basicAuth: z.optional(
    z.strictObject({
      secret: z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.maxLength(128)),
      realm: headerValue,
    }),
  ),
  /** Whose `X-Forwarded-For` says who asks. */
  trustedProxies: z.optional(addresses),
  /** What one address may ask for, on average, and how much more at once. */
  rateLimit: z.optional(
    z.strictObject({
      requests: z.int().check(z.gte(1), z.lte(MAX_RATE)),
      per: z.enum(['second', 'minute']),
      burst: z.int().check(z.gte(0), z.lte(MAX_RATE)),
    }),
  ),
  /** Whether nginx compresses what the program did not. */
  compress: z.optional(z.boolean()),
  redirects: z.optional(z.array(redirectSchema).check(z.maxLength(MAX_ENTRIES))),
  /** For how long a site's files may be kept unasked: those with a digest in their name, and others. */
  cache: z.optional(
    z.strictObject({
      pagesSeconds: z.optional(z.int().check(z.gte(0), z.lte(MAX_CACHE_SECONDS))),
      assetsSeconds: z.optional(z.int().check(z.gte(0), z.lte(MAX_CACHE_SECONDS))),
    }),
  ),
  /** Whether the program may have nginx answer from elsewhere (`X-Accel-Redirect`), and set its limits. */
  accelRedirect: z.optional(z.boolean()),
})
export type Http = z.infer<typeof httpSchema>
