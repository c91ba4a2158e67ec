import type { Adopts } from '../../../contract/activation.js'
import type { NginxPart } from '../../../release/nginx-part.js'
import type { Agent } from '../../agent.js'
import { certificateFromFiles } from '../../certificates/brought.js'
import { layOut, storePair } from '../../certificates/install.js'
import { checkPair, type Pair } from '../../certificates/pair.js'
import { certificatePlaces, PRIVATE_FOLDER } from '../../certificates/places.js'
import { CertificateProblem } from '../../certificates/problem.js'
import type { Facts } from '../../certificates/state-schema.js'

type Brought = NonNullable<Adopts['certificates']>[number]

/** Why a certificate of a server block can't be served any longer; undefined: it can. */
export async function certificateProblem(brought: Brought): Promise<string | undefined> {
  try {
    await read(brought)
    return undefined
  } catch (error) {
    if (error instanceof CertificateProblem) return `${brought.domain}: ${error.message}`
    throw error
  }
}

/**
 * Has nginx serve the certificates that server blocks have, once these are slipway's: so there is no moment without one.
 * How a domain gets the next is its release's to say.
 */
export async function bringCertificates(
  agent: Agent,
  { certificates = [] }: Adopts,
  { domains }: Pick<NginxPart, 'domains'>,
): Promise<void> {
  const served = certificates.filter(({ domain }) => domains[domain]?.tls)
  if (served.length === 0) return
  await layOut(agent)
  for (const brought of served) {
    const { pair, facts } = await read(brought)
    await agent.files.makeFolder(certificatePlaces(agent).domain(brought.domain), PRIVATE_FOLDER)
    const { use } = await storePair(agent, brought.domain, pair, facts)
    await use()
  }
}

async function read({ domain, certificate, key }: Brought): Promise<{ pair: Pair; facts: Facts }> {
  const tls = { from: 'files' as const, certificate, key, hstsSeconds: 0 }
  const pair = await certificateFromFiles(tls)
  return { pair, facts: checkPair(pair, domain, tls, Math.floor(Date.now() / 1000)) }
}
