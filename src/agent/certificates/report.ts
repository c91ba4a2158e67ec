import type { CertificateReport } from '../../contract/report.js'
import type { Tls } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { matches } from './due.js'
import { type CertificateState, loadState, serverOf } from './state.js'

/** What is told of certificates. Read from the disk once: only this process changes it. */
export interface CertificateReports {
  of(domain: string, tls: Tls): Promise<CertificateReport>
  /** What was known of a domain may be so no longer. */
  forget(domain: string): void
}

export function createReports(agent: Agent): CertificateReports {
  const known = new Map<string, CertificateState>()
  /** How often something was forgotten: what was read meanwhile is not remembered. */
  let forgotten = 0
  const stateOf = async (domain: string): Promise<CertificateState> => {
    const remembered = known.get(domain)
    if (remembered !== undefined) return remembered
    const before = forgotten
    const state = await loadState(agent, domain)
    if (before === forgotten) known.set(domain, state)
    return state
  }
  return {
    of: async (domain, tls) => {
      const base = { domain, from: tls.from, server: serverOf(tls) }
      try {
        return { ...base, ...tell(await stateOf(domain), tls) }
      } catch (error) {
        return { ...base, ...tellUnknown(error) }
      }
    },
    forget: (domain) => {
      forgotten += 1
      known.delete(domain)
    },
  }
}

type Told = Omit<CertificateReport, 'domain' | 'from' | 'server'>

function tell({ facts, failure, revoked }: CertificateState, tls: Tls): Told {
  return {
    issuer: facts?.issuer ?? null,
    notBefore: facts?.notBefore ?? null,
    notAfter: facts?.notAfter ?? null,
    matches: matches(facts, tls),
    revoked,
    problem: failure?.problem ?? null,
    kind: failure?.kind ?? null,
    failures: failure?.failures ?? 0,
    next: failure?.next ?? null,
  }
}

/** What can't be read is not taken for what isn't there. */
function tellUnknown(error: unknown): Told {
  const problem = error instanceof Error ? error.message : String(error)
  const nothing = { issuer: null, notBefore: null, notAfter: null, matches: false, revoked: false }
  return { ...nothing, problem, kind: 'file', failures: 0, next: null }
}
