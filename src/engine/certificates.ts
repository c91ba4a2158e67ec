import type { Config, HostConfig } from '../config/resolved.js'
import type { CertificateReport } from '../contract/report.js'
import type { Params } from '../contract/verbs.js'
import { SlipwayError, usageError } from '../errors.js'
import { type CertificateState, certificateState } from '../plan/certificates.js'
import { tlsDomains } from '../release/tls.js'
import type { Login } from '../remote/login.js'
import type { Outcome } from './activation/outcome.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { unlessInterrupted } from './interrupt.js'
import { onHost, onHosts } from './login.js'
import { collect, type HostFailure } from './result.js'
import { hostOf, hostsFor } from './selection.js'
import type { Session } from './session.js'
import { settle } from './settle.js'

/**
 * How long certificates are waited for. An order over HTTP takes seconds; one over DNS may take minutes, and goes on
 * by itself.
 */
const WAIT_MS = 120_000

/** A domain's certificate on a host. */
export type HostCertificate = CertificateReport & { host: string }

type Mode = Params<'certificates'>['mode']

async function certificatesOf(
  login: Login,
  mode: Mode,
  domains: readonly string[] = [],
): Promise<HostCertificate[]> {
  const found = await call(login, 'certificates', { mode, ms: WAIT_MS, domains: [...domains] })
  return found.certificates.map((one) => ({ host: login.host, ...one }))
}

/**
 * Has hosts get the certificates that a deploy's services lack, once the deploy is over: whatever comes of it changes
 * nothing about that. Hosts whose certificates are good are not asked.
 */
export async function obtainCertificates(
  engine: Engine,
  sessions: readonly Session[],
  outcomes: readonly Outcome[],
): Promise<HostCertificate[]> {
  const { signal, tell } = engine
  const found = await Promise.all(
    sessions.map(async (session) => {
      const missing = missingDomains(session, outcomes)
      if (missing.length === 0 || signal.aborted) return []
      const host = session.host.name
      tell({ type: 'certificates', host, domains: missing })
      const asked = await settle(unlessInterrupted(signal, certificatesOf(session.login, 'due')))
      if (asked.ok) return asked.value.filter(({ domain }) => missing.includes(domain))
      tell({ type: 'certificates-later', host })
      return []
    }),
  )
  return found.flat()
}

/** The domains of services that serve on a host without a good certificate. */
function missingDomains({ host, plan, report }: Session, outcomes: readonly Outcome[]): string[] {
  const serving = plan.services.filter(({ service }) =>
    outcomes.some(
      ({ host: at, name, result }) =>
        at === host.name && name === service && (result === 'deployed' || result === 'unchanged'),
    ),
  )
  const has = (domain: string) =>
    report.certificates.some(
      (one) => one.domain === domain && certificateState(one, report.host.time).level === 'good',
    )
  return [...tlsDomains(serving.map(({ config }) => config)).keys()].filter((domain) => !has(domain))
}

/** The certificates of hosts, as they are. */
export function listCertificates(engine: Engine, config: Config, hosts: readonly string[]) {
  return askHosts(engine, hostsFor(config, hosts), () => ({ mode: 'list', domains: [] }))
}

/**
 * Has hosts get certificates that are missing or due, without waiting for the next attempt; with `force` also others.
 * @throws SlipwayError for a domain that no https route leads to.
 */
export function renewCertificates(
  engine: Engine,
  config: Config,
  options: { hosts: readonly string[]; domains: readonly string[]; force: boolean },
) {
  const { domains, force } = options
  const of = ({ name }: HostConfig) => [
    ...tlsDomains(config.services.filter(({ hosts }) => hosts.includes(name))).keys(),
  ]
  const hosts = hostsFor(config, options.hosts)
  const known = hosts.flatMap(of)
  const unknown = domains.find((domain) => !known.includes(domain))
  if (unknown !== undefined) {
    throw usageError({
      what: `no https route of the config leads to ${unknown}`,
      next: `It has: ${[...new Set(known)].join(', ') || 'none'}.`,
    })
  }
  const concerned =
    domains.length === 0 ? hosts : hosts.filter((host) => domains.some((one) => of(host).includes(one)))
  return askHosts(engine, concerned, (host) => ({
    mode: force ? 'force' : 'asked',
    domains: domains.filter((one) => of(host).includes(one)),
  }))
}

/** Certificates and how they are. */
export interface CertificateList {
  certificates: (HostCertificate & { state: CertificateState })[]
  failures: HostFailure[]
}

async function askHosts(
  engine: Engine,
  hosts: readonly HostConfig[],
  wanted: (host: HostConfig) => { mode: Mode; domains: string[] },
): Promise<CertificateList> {
  const results = await onHosts(engine, hosts, (login, host) => {
    const { mode, domains } = wanted(host)
    return certificatesOf(login, mode, domains)
  })
  const { values, failures } = collect(results)
  const now = Date.now() / 1000
  return {
    certificates: values.flat().map((one) => ({ ...one, state: certificateState(one, now) })),
    failures,
  }
}

/** Gives a host the credentials of DNS providers, lines `NAME=value`, which it keeps for itself. */
export async function setCertificateEnv(
  engine: Engine,
  config: Config,
  host: string,
  text: string,
): Promise<void> {
  await onHost(engine, hostOf(config, host), (login) => call(login, 'setCertificateEnv', { text }))
}

/**
 * The certificate of a host's own authority, as PEM.
 * @throws SlipwayError where it has none.
 */
export async function certificateAuthority(engine: Engine, config: Config, host: string): Promise<string> {
  const { pem } = await onHost(engine, hostOf(config, host), (login) =>
    call(login, 'certificateAuthority', {}),
  )
  if (pem.trim() !== '') return pem
  throw new SlipwayError({
    what: `${host} has no authority of its own`,
    why: "It makes one for its first certificate `from: 'local'`.",
  })
}
