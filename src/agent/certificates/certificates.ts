import { setTimeout as sleep } from 'node:timers/promises'
import { failed } from '../../contract/failure.js'
import type { CertificateReport } from '../../contract/report.js'
import type { Tls } from '../../contract/service.js'
import type { Params, Result } from '../../contract/verbs.js'
import { ACME_PATH } from '../../release/nginx-server.js'
import { tlsOf } from '../../release/nginx-tree.js'
import type { Agent } from '../agent.js'
import { coalesced } from '../coalesce.js'
import { exists } from '../files.js'
import type { Nginx } from '../nginx/nginx.js'
import { attend } from './attend.js'
import { type Asked, matches } from './due.js'
import { writeEnv } from './env.js'
import { localAuthority } from './local.js'
import { certificatePlaces, PRIVATE_FOLDER } from './places.js'
import type { CertificateProblem } from './problem.js'
import { type Serving, servingBy } from './serving.js'
import { type CertificateState, loadState, serverOf } from './state.js'
import { ensureUnits } from './timer.js'

/** The certificates of a host. Whatever fails here, what serves goes on as it did, with the certificate it has. */
export interface Certificates {
  /** Sees to all domains, one after the other; ends when a round that began afterwards has. */
  run(): Promise<void>
  /** After an activation: what the current releases lack is got, without anybody waiting for it. */
  begin(): Promise<void>
  report(): Promise<CertificateReport[]>
  certificates(params: Params<'certificates'>): Promise<Result<'certificates'>>
  setCertificateEnv(params: Params<'setCertificateEnv'>): Promise<Result<'setCertificateEnv'>>
  certificateAuthority(): Promise<Result<'certificateAuthority'>>
}

/** What tests put in place of a host. */
export interface CertificatesOptions {
  serving?: Serving
  ensureTimer?: (agent: Agent) => Promise<void>
}

type Asks = ReadonlyMap<string, Asked>

export function createCertificates(
  agent: Agent,
  nginx: Pick<Nginx, 'currentParts' | 'publish' | 'markUnread'>,
  options: CertificatesOptions = {},
): Certificates {
  const { serving = servingBy(nginx), ensureTimer = ensureUnits } = options
  /** What is known of each domain: only this process changes it. */
  const known = new Map<string, CertificateState>()
  /** How often it has changed some. */
  let changes = 0
  const domains = async () => tlsOf(await nginx.currentParts())

  const round = async (asks: readonly Asks[]): Promise<void> => {
    await layOut(agent)
    await readLegacy()
    const asked = new Map(asks.flatMap((each) => [...each]))
    const tired = new Map<string, CertificateProblem>()
    const now = () => Date.now() / 1000
    for (const [domain, tls] of await domains()) {
      try {
        await attend({ agent, serving, now, tired }, domain, tls, asked.get(domain))
      } catch (error) {
        // The others are not to wait for what is wrong with one.
        agent.log.error(`the certificate for ${domain} could not be seen to: ${String(error)}`)
      }
      changes += 1
      known.delete(domain)
    }
  }
  const runFor = coalesced(round)

  /** Cut off half-way, the shell program of 0.1 may have left nginx with what it read before. */
  const readLegacy = async () => {
    const { legacyUnread } = certificatePlaces(agent)
    if (!(await exists(legacyUnread))) return
    await serving.publish({ reload: true })
    await agent.files.remove(legacyUnread)
  }

  const report = async (): Promise<CertificateReport[]> => {
    const found = await domains()
    return Promise.all([...found].map(([domain, tls]) => reportOf(domain, tls)))
  }
  const reportOf = async (domain: string, tls: Tls): Promise<CertificateReport> => {
    const base = { domain, from: tls.from, server: serverOf(tls) }
    try {
      const before = changes
      const state = known.get(domain) ?? (await loadState(agent, domain))
      if (before === changes) known.set(domain, state)
      return { ...base, ...reportState(state, tls) }
    } catch (error) {
      return { ...base, ...unknownState(error) }
    }
  }

  return {
    run: () => runFor(new Map()),
    begin: async () => {
      const tell = (error: unknown) => agent.log.error(`certificates were not seen to: ${String(error)}`)
      try {
        if ((await domains()).size === 0) return
        await ensureTimer(agent)
        runFor(new Map()).catch(tell)
      } catch (error) {
        tell(error)
      }
    },
    report,
    certificates: async ({ mode, ms, domains: wanted }) => {
      const all = await domains()
      const stranger = wanted.find((domain) => !all.has(domain))
      if (stranger !== undefined) throw failed(`no https route of this host leads to ${stranger}`)
      if (mode !== 'list' && all.size > 0) {
        await ensureTimer(agent)
        const asks = mode === 'due' ? [] : wanted.length > 0 ? wanted : [...all.keys()]
        const run = runFor(new Map(asks.map((domain) => [domain, mode === 'force' ? 'force' : 'asked'])))
        await within(ms, run)
      }
      return { certificates: await report() }
    },
    setCertificateEnv: async ({ text }) => {
      await writeEnv(agent, text)
      return {}
    },
    certificateAuthority: async () => ({ pem: await localAuthority(agent) }),
  }
}

/** nginx's workers read answers to challenges; all else is root's. */
async function layOut(agent: Agent): Promise<void> {
  const { root, domains, webroot } = certificatePlaces(agent)
  await agent.files.makeFolder(root)
  await agent.files.makeFolder(domains, PRIVATE_FOLDER)
  await agent.files.makeFolder(`${webroot}${ACME_PATH}`)
}

/** Waits for a round, but no longer than that: it goes on by itself. */
async function within(ms: number, run: Promise<void>): Promise<void> {
  const enough = new AbortController()
  const end = sleep(ms, undefined, { signal: enough.signal, ref: false }).catch(() => undefined)
  try {
    await Promise.race([run, end])
  } finally {
    enough.abort()
  }
}

function reportState(
  { facts, failure, revoked }: CertificateState,
  tls: Tls,
): Omit<CertificateReport, 'domain' | 'from' | 'server'> {
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
function unknownState(error: unknown): Omit<CertificateReport, 'domain' | 'from' | 'server'> {
  const problem = error instanceof Error ? error.message : String(error)
  const nothing = { issuer: null, notBefore: null, notAfter: null, matches: false, revoked: false }
  return { ...nothing, problem, kind: 'file', failures: 0, next: null }
}
