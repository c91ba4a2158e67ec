/** How a domain gets its certificate, and what browsers are told with it. */
export type Tls = {
  /** For how long browsers use HTTPS alone; 0: they aren't told to. */
  hstsSeconds: number
} & TlsSource

/** Who makes a certificate. */
export type TlsSource =
  | {
      from: 'acme'
      /** The URL of its directory. */
      server: string
      /** undefined: the host chooses one. */
      email: string | undefined
      challenge: 'http' | { dns: string; propagation: boolean }
    }
  | { from: 'local' }
  | {
      from: 'files'
      /** Absolute paths on the host. */
      certificate: string
      key: string
    }

/** The directories of Let's Encrypt: https://letsencrypt.org/docs/acme-protocol-updates/ and /staging-environment/. */
export const LETS_ENCRYPT = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const
