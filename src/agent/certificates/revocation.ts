import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { ask } from './http.js'
import { certificatesOf } from './pair.js'
import { certificatePlaces } from './places.js'
import { isRevoked, listUrl } from './revocation-list.js'
import { loadState, lookedUpAt, markLookedUp } from './state.js'

/** How often the list of what its issuer has revoked is asked for a certificate: such lists hold for days. */
const LOOK_UP_MS = 43_200_000
/** The largest that is fetched: those of Let's Encrypt are parts of one, of less than a megabyte. */
const LIST_BYTES = 16_777_216
const LIST_MS = 15_000

/**
 * Finds out whether its issuer has revoked a certificate, by the list that it names. No list, or none that can be had,
 * or none that its issuer has signed, says nothing.
 */
export async function lookUpRevocation(agent: Agent, domain: string, now: number): Promise<void> {
  const pem = await readText(join(certificatePlaces(agent).domain(domain), 'current', 'fullchain.pem'))
  if (pem === undefined || (await loadState(agent, domain)).revoked) return
  const last = await lookedUpAt(agent, domain)
  if (last !== undefined && Math.abs(now - last) < LOOK_UP_MS) return
  const chain = certificatesOf(pem)
  const [certificate] = chain
  if (certificate === undefined) return
  let revoked = false
  try {
    const url = listUrl(certificate.raw)
    if (url !== undefined) {
      const { status, body } = await ask(url, { timeoutMs: LIST_MS, maxBytes: LIST_BYTES })
      if (status !== 200) throw new Error(`${url} answers ${status}`)
      const issuers = chain.map(({ publicKey }) => publicKey)
      revoked = isRevoked(body, certificate.serialNumber, issuers) ?? false
    }
  } catch (error) {
    agent.log.debug(`nobody knows whether the certificate for ${domain} is revoked: ${String(error)}`)
    return
  }
  await markLookedUp(agent, domain, revoked)
}
