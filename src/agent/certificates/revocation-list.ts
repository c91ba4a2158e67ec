import { type KeyObject, verify } from 'node:crypto'
import { DER, type DerElement, elementsOf, firstOf } from './der.js'

/** `cRLDistributionPoints` (RFC 5280, section 4.2.1.13), in hexadecimal as DER has it. */
const DISTRIBUTION_POINTS = '551d1f'
/** Tags that depend on where they stand: extensions of a certificate; a point's name; its full one; a URI. */
const EXTENSIONS = 0xa3
const POINT_NAME = 0xa0
const FULL_NAME = 0xa0
const URI = 0x86
/** UTCTime and GeneralizedTime. */
const TIMES: readonly number[] = [0x17, 0x18]

/** How lists are signed, by algorithm in hexadecimal, with the digest that is signed; null: it has one of its own. */
const SIGNATURES: Record<string, string | null> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
}

/** Where a certificate, as DER, says the list of what its issuer has revoked is; undefined: nowhere over HTTP. */
export function listUrl(certificate: Buffer): string | undefined {
  const body = firstOf(firstOf(certificate).content)
  for (const part of elementsOf(body.content)) {
    if (part.tag !== EXTENSIONS) continue
    for (const extension of elementsOf(firstOf(part.content).content)) {
      const [id, ...rest] = elementsOf(extension.content)
      const value = rest.find(({ tag }) => tag === DER.octets)
      if (id?.content.toString('hex') !== DISTRIBUTION_POINTS || value === undefined) continue
      return urisOf(firstOf(value.content)).find((uri) => uri.startsWith('http://'))
    }
  }
  return undefined
}

function urisOf(points: DerElement): string[] {
  return [...elementsOf(points.content)].flatMap((point) =>
    below(point, POINT_NAME)
      .flatMap((name) => below(name, FULL_NAME))
      .flatMap((full) => below(full, URI))
      .map(({ content }) => content.toString('latin1')),
  )
}

function below({ content }: DerElement, tag: number): DerElement[] {
  return [...elementsOf(content)].filter((element) => element.tag === tag)
}

/**
 * Whether a list names a certificate by its serial number, in hexadecimal. undefined: it is none that one of the keys
 * has signed. It may be DER or PEM.
 */
export function isRevoked(list: Buffer, serial: string, issuers: readonly KeyObject[]): boolean | undefined {
  const whole = firstOf(derOf(list))
  const [body, algorithm, signature] = elementsOf(whole.content)
  if (body === undefined || algorithm === undefined || signature === undefined) return undefined
  const digest = SIGNATURES[firstOf(algorithm.content).content.toString('hex')]
  if (digest === undefined) return undefined
  // A bit string's first byte tells how many bits of its last are none of it.
  const signed = signature.content.subarray(1)
  if (!issuers.some((key) => isSignedBy(key, digest, body.bytes, signed))) return undefined
  const wanted = BigInt(`0x${serial}`)
  for (const entry of entriesOf(body)) {
    const number = firstOf(entry.content).content.toString('hex')
    if (BigInt(`0x${number || '0'}`) === wanted) return true
  }
  return false
}

function isSignedBy(key: KeyObject, digest: string | null, data: Buffer, signature: Buffer): boolean {
  try {
    return verify(digest, data, key, signature)
  } catch {
    // A key of another kind.
    return false
  }
}

/** `revokedCertificates`: the sequence after the times of this list and of the next (RFC 5280, section 5.1). */
function* entriesOf(body: DerElement): Generator<DerElement> {
  let afterTimes = false
  for (const part of elementsOf(body.content)) {
    if (TIMES.includes(part.tag)) afterTimes = true
    else if (afterTimes && part.tag === DER.sequence) yield* elementsOf(part.content)
  }
}

function derOf(list: Buffer): Buffer {
  if (list[0] === DER.sequence) return list
  const [, base64 = ''] = /-----BEGIN X509 CRL-----([^-]*)-----END/.exec(list.toString('latin1')) ?? []
  return Buffer.from(base64, 'base64')
}
