import { certificateState } from '../certificates.js'
import { type Finding, finding, type Subject } from './finding.js'

/** How the certificates are that it has. */
export function tlsFindings(subject: Subject): Finding[] {
  const { host: facts, certificates } = subject.report
  return certificates.map((certificate) => {
    const { level, text, fix = '' } = certificateState(certificate, facts.time)
    return finding(`certificate for ${certificate.domain}`, level === 'good', text, { fix })
  })
}
