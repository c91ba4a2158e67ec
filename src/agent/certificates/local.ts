import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { exists, readText } from '../files.js'
import type { Pair } from './pair.js'
import { certificatePlaces, PRIVATE_FILE, PRIVATE_FOLDER } from './places.js'
import { CertificateProblem } from './problem.js'

/** How long certificates of the host's own authority hold, and the authority itself. */
const LOCAL_DAYS = 90
const AUTHORITY_DAYS = 3650
/** RFC 5280, section 4.1.2.2 allows 20 bytes. */
const SERIAL_BYTES = 16
/** How much of openssl's words tells why it failed, in lines. */
const LAST_LINES = 2

const NEW_KEY = ['openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

/** The certificate of the host's own authority; empty where it has none. */
export async function localAuthority(agent: Agent): Promise<string> {
  return (await readText(join(certificatePlaces(agent).local, 'authority.pem'))) ?? ''
}

/** A certificate from the host's own authority, which is made where there is none. */
export async function certificateFromLocal(agent: Agent, domain: string): Promise<Pair> {
  const { local } = certificatePlaces(agent)
  const at = (name: string) => join(local, name)
  await agent.files.makeFolder(local, PRIVATE_FOLDER)
  if (!(await exists(at('authority.pem')))) {
    await agent.files.write(at('authority.key'), await openssl(agent, NEW_KEY), PRIVATE_FILE)
    const authority = await openssl(agent, [
      ...['openssl', 'req', '-x509', '-new', '-key', at('authority.key'), '-days', String(AUTHORITY_DAYS)],
      ...['-subj', `/CN=slipway on ${hostname()}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ])
    await agent.files.write(at('authority.pem'), authority, PRIVATE_FILE)
  }
  const key = await openssl(agent, NEW_KEY)
  const scratch = at('new')
  try {
    await agent.files.makeFolder(scratch, PRIVATE_FOLDER)
    await agent.files.write(join(scratch, 'key.pem'), key, PRIVATE_FILE)
    await agent.files.write(join(scratch, 'extensions'), extensionsFor(domain))
    const requesting = ['openssl', 'req', '-new', '-key', join(scratch, 'key.pem'), '-subj', '/']
    const request = await openssl(agent, requesting)
    const certificate = await openssl(
      agent,
      [
        ...['openssl', 'x509', '-req', '-CA', at('authority.pem'), '-CAkey', at('authority.key')],
        ...['-set_serial', `0x${randomBytes(SERIAL_BYTES).toString('hex')}`, '-days', String(LOCAL_DAYS)],
        ...['-extfile', join(scratch, 'extensions')],
      ],
      request,
    )
    return { certificate, key }
  } finally {
    await agent.files.remove(scratch)
  }
}

function extensionsFor(domain: string): string {
  return [
    `subjectAltName=critical,DNS:${domain}`,
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    'authorityKeyIdentifier=keyid',
    '',
  ].join('\n')
}

/** What openssl prints. */
async function openssl(agent: Agent, argv: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await agent.run(argv, input === undefined ? {} : { input })
  if (code === 127) throw new CertificateProblem('tool', 'openssl is not installed on this host')
  if (code === 0 && stdout !== '') return stdout
  const said = stderr.trim().split('\n').slice(-LAST_LINES).join('\n')
  throw new CertificateProblem('tool', said || `openssl ${argv[1]} failed, and said nothing`)
}
