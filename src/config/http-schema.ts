import { isIP } from 'node:net'
import * as z from 'zod'
import { FRAMING_HEADERS, HEADERS_SAID_ELSEWHERE } from '../contract/http.js'
import { lifetime, positiveDuration } from './duration-schema.js'

/** What a size in a config may look like: as nginx writes them. */
export const SIZE_PATTERN = /^(\d{1,9})([kmg]?)$/i
/** The head of an answer may have as little as nginx's own default, and as much as is still a head. */
const HEAD_BYTES = { least: 4096, most: 1024 ** 2 }
/** A tebibyte. */
const MAX_BODY_BYTES = 1024 ** 4
const RATE_PATTERN = /^([1-9]\d{0,4})\/(s|m)$/
const MAX_BURST = 100_000
/** A header's value has to be one word of nginx's. */
const MAX_HEADER_LENGTH = 2000
/** More would slow nginx down for every request. */
const MAX_ENTRIES = 256

const UNITS = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const

/** Bytes of a size such as `64m`. */
export function sizeBytes(text: string): number {
  const [, amount = '0', unit = ''] = SIZE_PATTERN.exec(text) ?? []
  return Number(amount) * UNITS[unit.toLowerCase() as keyof typeof UNITS]
}

const size = (least: number, most: number, expected: string) =>
  z.string().refine((text) => {
    if (!SIZE_PATTERN.test(text)) return false
    const bytes = sizeBytes(text)
    return bytes >= least && bytes <= most
  }, `expected a size ${expected}, such as "512k", "200m" or "2g"`)

function isAddresses(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || address.includes('%') || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

const addresses = z
  .array(
    z
      .string()
      .refine(
        isAddresses,
        'expected an IP address or a range of them: "192.0.2.7", "10.0.0.0/8", "2001:db8::/32"',
      ),
  )
  .min(1)
  .max(MAX_ENTRIES)

const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'expected the name of a header')
  .refine((name) => !FRAMING_HEADERS.test(name), 'is not a header that can be given to every answer')
  .refine(
    (name) => !HEADERS_SAID_ELSEWHERE.test(name),
    'is set elsewhere: Strict-Transport-Security by `certificates.hsts`, Cache-Control by `cache` of a site or by the program',
  )
const headerValue = z
  .string()
  .max(MAX_HEADER_LENGTH)
  .regex(/^[ -#%-[\]-~]*$/, 'expected printable ASCII on one line, without "$" and "\\"')

const redirectSchema = z
  .strictObject({
    from: z
      .string()
      .regex(
        /^\/[A-Za-z0-9._~@+/-]*$/,
        'expected a path that starts with "/", of letters, digits and . _ ~ @ + -',
      )
      .describe('The path, below the route. It is compared whole.'),
    to: z
      .string()
      .max(1024)
      .regex(
        /^(?:https?:\/\/[a-z0-9.-]+(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~@+%?=&,:#/-]*)?|\/(?!\/)[A-Za-z0-9._~@+%?=&,:#/-]*)$/,
        'expected a path of the domain, or a URL',
      )
      .describe(
        'Where it leads: a path of the domain, or a URL. The query is kept, unless it has one of its own.',
      ),
    status: z
      .union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)])
      .optional()
      .describe('301 and 308 are for good, 307 and 308 keep the method. Default: 308.'),
  })
  .meta({ id: 'Redirect' })

/** How nginx serves routes: of a service, for all of its routes, or of a route. */
export const httpSchema = z
  .strictObject({
    maxBody: z
      .union([z.literal('unlimited'), size(1, MAX_BODY_BYTES, 'of at most 1024g')])
      .optional()
      .describe(
        'The largest body of a request, such as an upload; above it nginx answers 413. Default: `64m`.',
      ),
    maxResponseHead: size(HEAD_BYTES.least, HEAD_BYTES.most, 'from 4k to 1m')
      .optional()
      .describe(
        'The largest status line and headers of an answer; above it nginx answers 502. Default: `32k`.',
      ),
    timeout: positiveDuration
      .optional()
      .describe(
        'How long the program may neither send nor take anything while it works on a request; then nginx answers 504. Default: `5m`.',
      ),
    bufferRequests: z
      .boolean()
      .optional()
      .describe(
        "Whether nginx takes a request whole before the program sees it, so that slow clients don't keep it busy. Default: true.",
      ),
    bufferResponses: z
      .boolean()
      .optional()
      .describe(
        'Whether nginx takes answers as fast as the program gives them. For single answers a program turns it off by `X-Accel-Buffering: no`. Default: true.',
      ),
    headers: z
      .record(headerName, z.union([headerValue, z.null()]))
      .refine((value) => Object.keys(value).length <= MAX_ENTRIES, `expected at most ${MAX_ENTRIES} headers`)
      .optional()
      .describe(
        "Headers of every answer, such as Content-Security-Policy. They take the place of the program's own of that name; null: answers have none of it.",
      ),
    allow: addresses
      .optional()
      .describe('The addresses, and ranges of them, that alone may ask; others get 403. Default: all.'),
    deny: addresses.optional().describe('Those that may not, also where `allow` has them. Default: none.'),
    basicAuth: z
      .strictObject({
        secret: z
          .string()
          .describe('The secret of the service, `as: nginx`, with a line `USER:PASSWORD` for each.'),
        realm: headerValue
          .optional()
          .describe('What browsers show with the question. Default: the name of the service.'),
      })
      .meta({ id: 'BasicAuth' })
      .optional()
      .describe(
        'Whom nginx asks for a user and a password (RFC 7617). The host makes hashes of them; the program sees neither. Default: nobody.',
      ),
    trustedProxies: addresses
      .optional()
      .describe(
        'The addresses of proxies in front of nginx, such as a load balancer: what they say in `X-Forwarded-For` is who asks, for the program, `allow`, `deny` and `rateLimit`. Default: none; what clients say there is dropped.',
      ),
    rateLimit: z
      .strictObject({
        rate: z
          .string()
          .regex(RATE_PATTERN, 'expected requests per second or minute, such as "10/s" or "30/m"')
          .describe('Requests a second, or a minute: `10/s`, `30/m`.'),
        burst: z
          .int()
          .min(0)
          .max(MAX_BURST)
          .optional()
          .describe('How many more it may ask for at once. Default: 20.'),
      })
      .meta({ id: 'RateLimit' })
      .optional()
      .describe(
        'How often one address may ask, for each route; above it nginx answers 429. Default: no limit.',
      ),
    compress: z
      .boolean()
      .optional()
      .describe(
        'Whether nginx compresses text with gzip, and with brotli where it has that module. Secrets in pages that also hold what visitors sent can then be guessed (BREACH). Default: true for sites, false for programs.',
      ),
    redirects: z.array(redirectSchema).max(MAX_ENTRIES).optional().describe('Paths that lead elsewhere.'),
    cache: z
      .strictObject({
        pages: lifetime
          .optional()
          .describe('Of files without a digest in their name. Default: browsers ask each time.'),
        assets: lifetime
          .optional()
          .describe('Of files with one, as `app.0123abcd.css`. Default: a year, and `immutable`.'),
      })
      .meta({ id: 'CacheLifetimes' })
      .optional()
      .describe("For how long browsers may keep a site's files without asking."),
    accelRedirect: z
      .boolean()
      .optional()
      .describe(
        'Whether the program may answer with `X-Accel-Redirect`, and so have nginx answer from its internal locations, also those of others on the domain. Default: false.',
      ),
  })
  .meta({ id: 'Http' })

/** What a rate says. */
export function rateOf(text: string): { requests: number; per: 'second' | 'minute' } {
  const [, requests = '1', per] = RATE_PATTERN.exec(text) ?? []
  return { requests: Number(requests), per: per === 'm' ? 'minute' : 'second' }
}
