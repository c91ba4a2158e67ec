import { tlsPrograms } from '../../release/tls.js'
import { certificateState } from '../certificates.js'
import { type Finding, finding, type Subject, setupCommand } from './finding.js'

/** Whether its programs can get the certificates of https routes, and how those are that it has. */
export function tlsFindings(subject: Subject): Finding[] {
  const { host: facts, certificates } = subject.report
  return [
    ...tlsPrograms(subject.services).map((program) =>
      finding(program, facts[program], facts[program] ? 'installed' : 'not installed', {
        fix: setupCommand(subject),
        problem: `${program} is not installed, which the certificates of https routes need`,
      }),
    ),
    ...certificates.map((certificate) => {
      const { level, text, fix = '' } = certificateState(certificate, facts.time)
      return finding(`certificate for ${certificate.domain}`, level === 'good', text, { fix })
    }),
  ]
}
