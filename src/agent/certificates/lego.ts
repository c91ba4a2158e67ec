import { CertificateProblem } from './problem.js'

/** What lego is asked for. */
export interface Order {
  domain: string
  server: string
  email: string
  challenge: 'http' | { dns: string; propagation: boolean }
  /** Where it keeps accounts, and leaves the certificate. */
  path: string
  /** Where it puts answers to HTTP challenges. */
  webroot: string
}

export function legoCommand({ domain, server, email, challenge, path, webroot }: Order): string[] {
  return [
    ...['lego', '--accept-tos', '--server', server, '--email', email, '--path', path],
    ...['--key-type', 'ec256', '--domains', domain],
    ...(challenge === 'http'
      ? ['--http', '--http.webroot', webroot]
      : ['--dns', challenge.dns, ...(challenge.propagation ? [] : ['--dns.disable-cp'])]),
    'run',
  ]
}

/** The server has forgotten us, as test servers do. */
export function accountIsGone(output: string): boolean {
  return output.includes('accountDoesNotExist')
}

/** The folder below lego's `accounts` in which it keeps those of a server. */
export function accountsFolder(server: string): string {
  return new URL(server).host.replaceAll(':', '_')
}

/** How much lego's own words tell where no server's do, in lines. */
const LAST_LINES = 2

/** What lego says of a failure, for people; and, for the next attempt, of what kind it is. */
export function legoProblem(output: string): CertificateProblem {
  const [said] = /acme: error: \d+ ::.*/.exec(output) ?? []
  if (said !== undefined) {
    const text = said.replace(/.*urn:ietf:params:acme:error:/, '')
    return text.startsWith('rateLimited')
      ? new CertificateProblem('rate-limit', text, retryAfter(text))
      : new CertificateProblem('challenge', text)
  }
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^[\d/]+ [\d:]+ \[INFO\]/.test(line))
  return new CertificateProblem(
    'other',
    lines.slice(-LAST_LINES).join('\n') || 'lego failed, and said nothing',
  )
}

/** When a rate limit ends, in seconds since 1970; 0: it isn't said. */
function retryAfter(text: string): number {
  const [, day, time] = /retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)/.exec(text) ?? []
  const ms = Date.parse(`${day}T${time}Z`)
  return Number.isNaN(ms) ? 0 : ms / 1000
}
