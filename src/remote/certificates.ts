import type { Connection } from './connection.js'
import type { CertificateReport } from './report.js'
import { runVerb, runVerbUninstalled, verbError } from './verbs.js'

/**
 * How long certificates are waited for. An order over HTTP takes seconds; one over DNS may take minutes, and goes on
 * by itself.
 */
const WAIT_SECONDS = 120

/**
 * What to have a host do before it tells of its certificates: nothing; get what is due; the same without waiting for
 * the pause after a failure to be over; get new ones though they aren't due.
 */
export type CertificateWork = 'list' | 'get' | 'asked' | 'force'

/** Every certificate of a host. */
export async function certificates(
  connection: Connection,
  work: CertificateWork,
  domains: readonly string[] = [],
): Promise<CertificateReport[]> {
  const run = work === 'list' ? runVerbUninstalled : runVerb
  const result = await run(connection, 'certificates', [work, String(WAIT_SECONDS), ...domains])
  if (result.exitCode !== 0) throw verbError(connection, 'certificates', result)
  return result.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CertificateReport)
}

/** Gives a host the credentials of DNS providers, lines `NAME=value`, which it keeps for itself. */
export async function writeCertificatesEnv(connection: Connection, text: string): Promise<void> {
  const result = await runVerb(connection, 'certificates-env', [], { input: text })
  if (result.exitCode !== 0) throw verbError(connection, 'certificates-env', result)
}

/** The certificate of a host's own authority, as PEM; undefined: it has none. */
export async function localAuthority(connection: Connection): Promise<string | undefined> {
  const { stdout } = await runVerbUninstalled(connection, 'certificates-authority', [])
  return stdout.trim() === '' ? undefined : stdout
}
