import { text } from 'node:stream/consumers'
import type { HostConfig } from '../config/resolved.js'
import { ExitCode, SlipwayError, usageError } from '../errors.js'
import { certificateState } from '../plan/certificates.js'
import { tlsDomains } from '../release/tls.js'
import {
  type CertificateWork,
  certificates,
  localAuthority,
  writeCertificatesEnv,
} from '../remote/certificates.js'
import { connect } from '../remote/connection.js'
import { command, configOf, print, printJson } from './command.js'
import type { ConfigFlags, HostFlags, JsonFlags } from './flags.js'
import { hostOf, hostsFor, onHosts } from './hosts.js'
import { failuresOf } from './releases.js'
import { tableText } from './text/table.js'

/** `slipway certificates list`. */
export const list = command(async (flags: HostFlags & JsonFlags) => {
  const config = await configOf(flags)
  return show(hostsFor(config, flags.host), flags, () => ({ work: 'list', domains: [] }))
})

/** `slipway certificates renew [DOMAIN…]`. */
export const renew = command(
  async (flags: HostFlags & JsonFlags & { force?: boolean }, ...domains: string[]) => {
    const config = await configOf(flags)
    const work = flags.force ? 'force' : 'asked'
    const of = (host: HostConfig) => [
      ...tlsDomains(config.services.filter(({ hosts }) => hosts.includes(host.name))).keys(),
    ]
    const hosts = hostsFor(config, flags.host)
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
    return show(concerned, flags, (host) => ({
      work,
      domains: domains.filter((one) => of(host).includes(one)),
    }))
  },
)

async function show(
  hosts: readonly HostConfig[],
  flags: JsonFlags,
  wanted: (host: HostConfig) => { work: CertificateWork; domains: string[] },
): Promise<ExitCode> {
  const results = await onHosts(hosts, async (connection, host) => {
    const { work, domains } = wanted(host)
    const found = await certificates(connection, work, domains)
    return found.map((one) => ({ host: host.name, ...one }))
  })
  const rows = results.flatMap(({ result }) => (result.ok ? result.value : []))
  const now = Date.now() / 1000
  if (flags.json) printJson({ certificates: rows })
  else if (rows.length > 0) {
    print(
      tableText(
        ['HOST', 'DOMAIN', 'ISSUER', 'STATE'],
        rows.map((row) => [row.host, row.domain, row.issuer ?? '-', certificateState(row, now).text]),
      ),
    )
  } else print('no https routes are served with certificates')
  const bad = rows.some((row) => certificateState(row, now).level === 'bad')
  const failed = failuresOf(results)
  return failed === ExitCode.ok && bad ? ExitCode.failed : failed
}

/** `slipway certificates env HOST`. */
export const env = command(async (flags: ConfigFlags, name: string) => {
  const host = hostOf(await configOf(flags), name)
  if (process.stdin.isTTY) {
    throw usageError({
      what: 'the credentials come over standard input',
      next: `slipway certificates env ${name} < FILE`,
    })
  }
  const given = await text(process.stdin)
  await overLogin(host, (connection) => writeCertificatesEnv(connection, given))
  print(`${name}: the credentials are in /var/lib/slipway/certificates/env, for root alone`)
  return undefined
})

/** `slipway certificates authority HOST`. */
export const authority = command(async (flags: ConfigFlags, name: string) => {
  const host = hostOf(await configOf(flags), name)
  const pem = await overLogin(host, localAuthority)
  if (pem === undefined) {
    throw new SlipwayError({
      what: `${name} has no authority of its own`,
      why: "It makes one for its first certificate `from: 'local'`.",
    })
  }
  print(pem)
  return undefined
})

async function overLogin<T>(
  host: HostConfig,
  work: (connection: Awaited<ReturnType<typeof connect>>) => Promise<T>,
): Promise<T> {
  const connection = await connect(host)
  try {
    return await work(connection)
  } finally {
    connection.close()
  }
}
