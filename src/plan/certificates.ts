import type { CertificateReport } from '../contract/report.js'

const DAY_SECONDS = 86_400
/**
 * A certificate that has no more time than this left, and wasn't renewed, is warned of: those of 90 days are due
 * at 30. Shorter ones are warned of when a quarter of their time is left, since they are due at a third.
 */
const WARNING_DAYS = 14

/** How a domain's certificate is, in words. */
export interface CertificateState {
  /** `late`: it serves, but somebody should see to it. */
  level: 'good' | 'late' | 'bad'
  text: string
  /** What helps; only where it isn't good. */
  fix?: string
}

/** What is to be said of a certificate at a time, in seconds since 1970. */
export function certificateState(certificate: CertificateReport, now: number): CertificateState {
  const { notBefore, notAfter, matches, problem } = certificate
  const fix = fixOf(certificate)
  if (notBefore === null || notAfter === null) {
    const why = problem === null ? 'none yet' : `none: ${problem}`
    return { level: 'bad', text: `${why}; it is served over HTTP${nextText(certificate, now)}`, fix }
  }
  const day = new Date(notAfter * 1000).toISOString().slice(0, 10)
  const because = problem === null ? '' : `: ${problem}${nextText(certificate, now)}`
  if (notAfter <= now) return { level: 'bad', text: `expired on ${day}${because}`, fix }
  if (certificate.revoked) return { level: 'bad', text: `revoked by its issuer${because}`, fix }
  const until = `expires ${day} (in ${Math.floor((notAfter - now) / DAY_SECONDS)} d)`
  if (!matches) return { level: 'late', text: `${until}, still from where it was before${because}`, fix }
  const early = Math.min(WARNING_DAYS * DAY_SECONDS, (notAfter - notBefore) / 4)
  if (notAfter - now < early) return { level: 'late', text: `${until}, and was not renewed${because}`, fix }
  return { level: 'good', text: problem === null ? until : `${until}, not renewed yet${because}` }
}

function nextText({ problem, next }: CertificateReport, now: number): string {
  if (problem === null) return ''
  if (next === null || next <= now) return '; tried again within the hour'
  return `; tried again after ${new Date(next * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function fixOf({ domain, from, kind }: CertificateReport): string {
  const again = `slipway certificates renew ${domain}`
  switch (kind) {
    case 'dns':
      return `point ${domain} to this host, then: ${again}`
    case 'clock':
      return 'timedatectl set-ntp true on the host'
    case 'rate-limit':
      return "wait; `certificates: { server: 'letsencrypt-staging' }` has far higher limits, to try things out"
    case 'tool':
      return `slipway setup installs what is missing; then: ${again}`
    default:
      return from === 'files' ? 'put a newer certificate in its place on the host' : again
  }
}
