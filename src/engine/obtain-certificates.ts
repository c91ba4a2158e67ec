import { certificateState } from '../plan/certificates.js'
import { tlsDomains } from '../release/tls.js'
import type { Outcome } from './activation/outcome.js'
import { certificatesOf, type HostCertificate } from './certificates.js'
import type { Engine } from './engine.js'
import { unlessInterrupted } from './interrupt.js'
import type { Session } from './session.js'
import { settle } from './settle.js'

/**
 * Has hosts get the certificates that a deploy's services lack, once the deploy is over: whatever comes of it changes
 * nothing about that. Hosts whose certificates are good are not asked.
 */
export async function obtainCertificates(
  engine: Engine,
  sessions: readonly Session[],
  outcomes: readonly Outcome[],
): Promise<HostCertificate[]> {
  const { signal, tell } = engine
  const found = await Promise.all(
    sessions.map(async (session) => {
      const missing = missingDomains(session, outcomes)
      if (missing.length === 0 || signal.aborted) return []
      const host = session.host.name
      tell({ type: 'certificates', host, domains: missing })
      const asked = await settle(unlessInterrupted(signal, certificatesOf(session.login, 'due')))
      if (asked.ok) return asked.value.filter(({ domain }) => missing.includes(domain))
      tell({ type: 'certificates-later', host })
      return []
    }),
  )
  return found.flat()
}

/** The domains of services that serve on a host without a good certificate. */
function missingDomains({ host, plan, report }: Session, outcomes: readonly Outcome[]): string[] {
  const serving = plan.services.filter(({ service }) =>
    outcomes.some(
      ({ host: at, name, result }) =>
        at === host.name && name === service && (result === 'deployed' || result === 'unchanged'),
    ),
  )
  const has = (domain: string) =>
    report.certificates.some(
      (one) => one.domain === domain && certificateState(one, report.host.time).level === 'good',
    )
  return [...tlsDomains(serving.map(({ config }) => config)).keys()].filter((domain) => !has(domain))
}
