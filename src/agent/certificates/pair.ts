import { createPrivateKey, X509Certificate } from 'node:crypto'
import { nameIn, type Tls } from '../../contract/service.js'
import { CertificateProblem } from './problem.js'
import { serverOf } from './state.js'
import type { Facts } from './state-schema.js'

/** A certificate with those that it stems from, and its key, as PEM. */
export interface Pair {
  certificate: string
  key: string
}

/** The certificates of a PEM file, its own first. */
export function certificatesOf(pem: string): X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  )
}

/** What is known of a pair that is good for a domain at a time, in seconds since 1970; throws where it isn't. */
export function checkPair({ certificate: pem, key }: Pair, domain: string, tls: Tls, now: number): Facts {
  const certificate = readCertificate(pem)
  if (!isKeyOf(certificate, key)) {
    throw new CertificateProblem('file', 'the key is not that of the certificate')
  }
  if (certificate.checkHost(nameIn(domain)) === undefined) {
    throw new CertificateProblem('file', `the certificate is not for ${domain}`)
  }
  const [notBefore, notAfter] = [certificate.validFrom, certificate.validTo].map(secondsOf)
  if (notBefore === undefined || notAfter === undefined) {
    throw new CertificateProblem('file', 'the certificate does not say when it holds')
  }
  if (notAfter <= now) {
    throw new CertificateProblem('file', `the certificate has expired on ${dayOf(notAfter)}`)
  }
  return {
    version: 1,
    notBefore,
    notAfter,
    issuer: issuerName(certificate.issuer),
    from: tls.from,
    server: serverOf(tls),
  }
}

/** A day in UTC. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new CertificateProblem('file', `the certificate can not be read: ${(error as Error).message}`)
  }
}

/** A key that needs a passphrase is none that nginx could use. */
function isKeyOf(certificate: X509Certificate, pem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(pem))
  } catch {
    return false
  }
}

function secondsOf(date: string): number | undefined {
  const ms = Date.parse(date)
  return Number.isNaN(ms) ? undefined : ms / 1000
}

/** What people call an issuer: the last of its names, which is the most particular. */
function issuerName(issuer: string): string | null {
  const names = issuer.split('\n').flatMap((line) => /^(?:CN|O)=(.*)$/.exec(line)?.[1] ?? [])
  return names.at(-1)?.replace(/\\(.)/g, '$1') ?? null
}
