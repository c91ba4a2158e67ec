import { isDeepStrictEqual } from 'node:util'
import type { Tls } from '../../../contract/service.js'

/** The directories of Let's Encrypt. */
const LETS_ENCRYPT = /^https:\/\/acme(-staging)?-v02\.api\.letsencrypt\.org\/directory$/
const EMAIL = /^[A-Za-z0-9_][A-Za-z0-9.@_+-]*$/

/** Who else has a say about the certificate of a domain. */
export interface TlsBefore {
  /** What an administrator has deployed for this service. */
  inherited: Tls | undefined
  /** Of each other service's route there: undefined for one over HTTP alone. */
  others: readonly (Tls | undefined)[]
}

/**
 * Why a key can't have a certificate got in some way. A domain of its own: from Let's Encrypt over HTTP, from the host
 * itself, or as an administrator has it; told to browsers for no longer than that. One that it shares: as it is.
 */
export function tlsProblem(domain: string, tls: Tls, { inherited, others }: TlsBefore): string | undefined {
  if (inherited !== undefined && isDeepStrictEqual(tls, inherited)) return undefined
  if (others.length > 0) {
    const same = others.some((other) => other !== undefined && isDeepStrictEqual(tls, other))
    return same
      ? undefined
      : `${domain} is shared with another service: its certificate is as that one has it`
  }
  if (tls.hstsSeconds > (inherited?.hstsSeconds ?? 0)) {
    return `browsers are told to use HTTPS alone for ${domain} only as an administrator has deployed it`
  }
  const asBefore =
    inherited !== undefined && isDeepStrictEqual({ ...tls, hstsSeconds: inherited.hstsSeconds }, inherited)
  if (asBefore || isDefault(tls)) return undefined
  return `a certificate for ${domain} in this way is for an administrator to deploy first: from ${tls.from}`
}

function isDefault(tls: Tls): boolean {
  if (tls.from === 'local') return true
  if (tls.from === 'files') return false
  const { server, email, challenge } = tls
  return LETS_ENCRYPT.test(server) && challenge === 'http' && (email === undefined || EMAIL.test(email))
}
