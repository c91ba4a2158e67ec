import { colors as pc } from '../cli/text/colors.js'
import type { Terminal } from '../cli/text/terminal.js'
import { certificateState } from '../plan/certificates.js'
import { tlsDomains } from '../release/tls.js'
import { certificates } from '../remote/certificates.js'
import type { CertificateReport } from '../contract/report.js'
import { unlessInterrupted } from './interrupt.js'
import type { Outcome } from './outcome.js'
import type { Session } from './session.js'
import { settle } from './settle.js'

/** A domain's certificate on a host. */
export type HostCertificate = CertificateReport & { host: string }

/**
 * Has hosts get the certificates that a deploy's services lack, once the deploy is over: whatever comes of it changes
 * nothing about that. Hosts whose certificates are good are not asked.
 */
export async function obtainCertificates(
  sessions: readonly Session[],
  outcomes: readonly Outcome[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<HostCertificate[]> {
  const found = await Promise.all(
    sessions.map(async ({ host, connection, plan, report }) => {
      const serving = plan.services.filter(({ service }) =>
        outcomes.some(
          ({ host: at, name, result }) =>
            at === host.name && name === service && (result === 'deployed' || result === 'unchanged'),
        ),
      )
      const wanted = tlsDomains(serving.map(({ config }) => config))
      const has = (domain: string) =>
        report.certificates.some(
          (one) => one.domain === domain && certificateState(one, report.host.time).level === 'good',
        )
      const missing = [...wanted.keys()].filter((domain) => !has(domain))
      if (missing.length === 0 || signal.aborted) return []
      terminal.line(
        `${host.name}: getting ${missing.length === 1 ? 'a certificate' : 'certificates'} for ${missing.join(', ')}`,
      )
      const asked = await settle(unlessInterrupted(signal, certificates(connection, 'get')))
      if (!asked.ok) {
        terminal.warn(`${host.name} goes on by itself; slipway status tells of its certificates`)
        return []
      }
      return asked.value
        .filter(({ domain }) => missing.includes(domain))
        .map((one) => ({ host: host.name, ...one }))
    }),
  )
  return found.flat()
}

/** What came of it, a line each; and what to do where nothing did. */
export function certificatesText(found: readonly HostCertificate[], now: number): string {
  return found
    .flatMap((one) => {
      const { level, text, fix } = certificateState(one, now)
      const mark = level === 'good' ? pc.green('✓') : pc.yellow('!')
      const line = `${mark} certificate for ${one.domain} on ${one.host}${level === 'good' ? ', ' : ': '}${text}`
      return fix === undefined ? [line] : [line, `  ${pc.cyan('next:')} ${fix}`]
    })
    .join('\n')
}
