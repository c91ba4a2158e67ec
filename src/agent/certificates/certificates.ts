import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed } from '../../contract/failure.js'
import type { CertificateReport } from '../../contract/report.js'
import type { Params, Result } from '../../contract/verbs.js'
import { tlsOf } from '../../release/nginx-tree.js'
import type { Agent } from '../agent.js'
import { coalesced } from '../coalesce.js'
import { exists, listFolder } from '../files.js'
import type { Nginx } from '../nginx/nginx.js'
import { attend } from './attend.js'
import type { Asked } from './due.js'
import { writeEnv } from './env.js'
import { layOut } from './install.js'
import { localAuthority } from './local.js'
import { certificatePlaces } from './places.js'
import type { CertificateProblem } from './problem.js'
import { createReports } from './report.js'
import { type Serving, servingBy } from './serving.js'
import { ensureUnits } from './timer.js'

/** The certificates of a host. Whatever fails here, what serves goes on as it did, with the certificate it has. */
export interface Certificates {
  /** Sees to all domains, one after the other; ends when a round that began afterwards has. */
  run(): Promise<void>
  /** After an activation: what the current releases lack is got, without anybody waiting for it. Never fails. */
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

/** What somebody has asked for, by domain. */
type Asks = readonly (readonly [string, Asked])[]

export function createCertificates(
  agent: Agent,
  nginx: Pick<Nginx, 'currentParts' | 'publish' | 'markUnread'>,
  options: CertificatesOptions = {},
): Certificates {
  const { serving = servingBy(nginx), ensureTimer = ensureUnits } = options
  const reports = createReports(agent)
  const domains = async () => tlsOf(await nginx.currentParts())

  const runFor = coalesced<Asks, void>(async (asks) => {
    await layOut(agent)
    await readUnread(agent, serving)
    const all = asks.flat()
    const asked = new Map([...all, ...all.filter(([, how]) => how === 'force')])
    const tired = new Map<string, CertificateProblem>()
    const now = () => Math.floor(Date.now() / 1000)
    for (const [domain, tls] of await domains()) {
      try {
        await attend({ agent, serving, now, tired }, domain, tls, asked.get(domain))
      } catch (error) {
        // The others are not to wait for what is wrong with one.
        agent.log.error(`the certificate for ${domain} could not be seen to: ${String(error)}`)
      }
      reports.forget(domain)
    }
  })
  const report = async (): Promise<CertificateReport[]> =>
    Promise.all([...(await domains())].map(([domain, tls]) => reports.of(domain, tls)))

  return {
    run: () => runFor([]),
    begin: async () => {
      const tell = (error: unknown) => agent.log.error(`certificates were not seen to: ${String(error)}`)
      try {
        if ((await domains()).size === 0) return
        await ensureTimer(agent)
        runFor([]).catch(tell)
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
        const asked = wanted.length > 0 ? wanted : [...all.keys()]
        await within(ms, runFor(mode === 'due' ? [] : asked.map((domain) => [domain, mode])))
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

/** Cut off half-way, the last round, or the shell program of 0.1, may have left nginx with what it read before. */
async function readUnread(agent: Agent, serving: Serving): Promise<void> {
  const { root, legacyUnread } = certificatePlaces(agent)
  for (const name of await listFolder(root)) {
    if (name.startsWith('.new.')) await agent.files.remove(join(root, name))
  }
  try {
    await serving.publish({ reload: await exists(legacyUnread) })
    await agent.files.remove(legacyUnread)
  } catch (error) {
    agent.log.warning(`nginx was not told what it may not have read: ${String(error)}`)
  }
}

/** Waits for a round, but no longer than that: it goes on by itself. */
async function within(ms: number, run: Promise<void>): Promise<void> {
  const enough = new AbortController()
  const end = sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined)
  try {
    await Promise.race([run, end])
  } finally {
    enough.abort()
  }
}
