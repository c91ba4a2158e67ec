import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const WITHOUT_OPENSSL =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** A folder in which certificates are made. */
export function opensslFolder() {
  const path = mkdtempSync(join(tmpdir(), 'slipway-openssl-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: path, stdio: 'pipe' })
  const read = (name: string) => readFileSync(join(path, name))
  return {
    path,
    openssl,
    read,
    write: (name: string, text: string) => writeFileSync(join(path, name), text),
    /** A certificate of its own making, and its key, as PEM. */
    selfSigned: (name: string, ...options: string[]) => {
      openssl(
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/O=slipway, Inc./CN=${name}`],
        ...['-days', '200', ...options],
      )
      return { certificate: read(`${name}.pem`).toString(), key: read(`${name}.key`).toString() }
    },
    remove: () => rmSync(path, { recursive: true }),
  }
}
