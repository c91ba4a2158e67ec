import * as z from 'zod'
import { lifetime } from './duration-schema.js'

const hostPath = z
  .string()
  .regex(/^\/[^\s"'\\{};$]+$/, 'expected an absolute path on the host, without spaces and quotes')

const dnsChallenge = z
  .strictObject({
    dns: z
      .string()
      .regex(/^[a-z0-9-]+$/, "expected the code of one of lego's DNS providers, such as `hetzner`")
      .describe(
        "The code of one of lego's DNS providers, such as `hetzner` (https://go-acme.github.io/lego/dns/). Its credentials are given with `slipway certificates env HOST`, and stay on the host.",
      ),
    propagation: z
      .boolean()
      .optional()
      .describe(
        "Whether to wait until all of the domain's name servers have the record. Default: true; false where they can't be asked from the host.",
      ),
  })
  .meta({ id: 'DnsChallenge' })

const shared = {
  from: z
    .enum(['acme', 'local', 'none'])
    .optional()
    .describe(
      "Who makes them. `acme`: an ACME server (RFC 8555), by lego. `local`: an authority of the host's own, which browsers don't know: for rehearsals. " +
        '`none`: nobody; something in front of nginx ends TLS, and https routes answer on port 80. Default: `acme`; on throwaway hosts `local` in place of Let’s Encrypt.',
    ),
  server: z
    .union([
      z.enum(['letsencrypt', 'letsencrypt-staging']),
      z.url({ protocol: /^https$/, error: 'expected letsencrypt, letsencrypt-staging or an https:// URL' }),
    ])
    .optional()
    .describe(
      "The ACME server, or the URL of its directory. `letsencrypt-staging` has far higher limits, and certificates that browsers don't trust. Default: `letsencrypt`.",
    ),
  email: z
    .email()
    .optional()
    .describe('The address the ACME server may write to. Default: `hostmaster@` the first domain.'),
  challenge: z
    .union([z.literal('http'), dnsChallenge])
    .optional()
    .describe(
      'How a domain is proved to be yours. `http`: by a file on port 80. `{ dns }`: by a DNS record, for hosts that the ACME server can not reach. Default: `http`.',
    ),
  hsts: z
    .union([z.boolean(), lifetime])
    .optional()
    .describe(
      'Whether browsers are told to use HTTPS alone from now on (Strict-Transport-Security, RFC 6797), and for how long; true: two years. They can not be told otherwise before that is over. Default: false.',
    ),
}

/** What one domain has of its own. */
const domainSchema = z
  .strictObject({
    ...shared,
    certificate: hostPath
      .optional()
      .describe(
        'A certificate you bring: a PEM file on the host with the whole chain. Goes with `key`, and in place of `from`. The host looks hourly whether it has changed, and serves a copy.',
      ),
    key: hostPath.optional().describe('The PEM file on the host with its private key.'),
  })
  .meta({ id: 'DomainCertificate' })

/** Where the certificates of https routes come from. */
export const certificatesSchema = z
  .strictObject({
    ...shared,
    domains: z
      .record(z.string(), z.union([z.enum(['local', 'none']), domainSchema]))
      .optional()
      .describe('What is otherwise for single domains; a word is short for `from`.'),
  })
  .meta({ id: 'Certificates' })

/** The field of the config. */
export const certificatesField = z
  .union([z.enum(['local', 'none']), certificatesSchema])
  .optional()
  .describe(
    'Where the certificates of `https://` routes come from; a word is short for `{ from }`. Default: Let’s Encrypt.',
  )
