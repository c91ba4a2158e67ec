import type { Config, HostConfig } from '../config/resolved.js'
import type { CertificateReport } from '../contract/report.js'
import type { Params } from '../contract/verbs.js'
import { SlipwayError, usageError } from '../errors.js'
import { type CertificateState, certificateState } from '../plan/certificates.js'
import { tlsDomains } from '../release/tls.js'
import type { Login } from '../remote/login.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost, onHosts } from './login.js'
import { collect, type HostFailure } from './result.js'
import { hostOf, hostsFor } from './selection.js'

/**
 * How long certificates are waited for. An order over HTTP takes seconds; one over DNS may take minutes, and goes on
 * by itself.
 */
const WAIT_MS = 120_000

/** A domain's certificate on a host. */
export type HostCertificate = CertificateReport & { host: string }

type Mode = Params<'certificates'>['mode']

/** Has a host do something about its certificates, and tell of them. */
export async function certificatesOf(
  login: Login,
  mode: Mode,
  domains: readonly string[] = [],
): Promise<HostCertificate[]> {
  const found = await call(login, 'certificates', { mode, ms: WAIT_MS, domains: [...domains] })
  return found.certificates.map((one) => ({ host: login.host, ...one }))
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
