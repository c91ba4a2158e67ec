import type { Config, ProgramConfig, SecretConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { secretsOn } from '../engine/host-secrets.js'
import { report } from '../remote/verbs.js'
import type { SecretsDocument } from '../secrets/document.js'
import { secretKey, valueFor } from '../secrets/document.js'
import { readSecrets } from '../secrets/file.js'
import { type SecretValues, withSecrets } from '../secrets/resolve.js'
import { command, configOf, print, printJson } from './command.js'
import type { HostFlags, JsonFlags } from './flags.js'
import { hostsFor, onHosts } from './hosts.js'
import { failuresOf } from './releases.js'
import { formerLines } from './secrets-commands.js'
import { tableText } from './text/table.js'

type ListFlags = HostFlags & JsonFlags & { hosts?: boolean }

/** A secret of a service, without its value. */
interface Row {
  service: string
  name: string
  from: string
  as: SecretConfig['as']
  /** Whether the encrypted file has it; null for what comes from elsewhere. */
  set: boolean | null
  /** By host, what the service that serves there runs with. */
  hosts: Record<string, string>
}

/** `slipway secrets list`. */
export const list = command(async (flags: ListFlags) => {
  const config = await configOf(flags)
  const document = await readSecrets(config)
  const apps = withSecrets(config.services)
  const rows = apps.flatMap((app) => app.secrets.map((secret) => rowOf(document, app, secret)))
  const asked = flags.hosts || flags.host ? await hostColumns(config, flags.host, document, rows) : undefined
  const unused = Object.keys(document.values).filter((key) => !isUsed(key, rows))
  if (flags.json) printJson({ secrets: rows, unused, former: Object.values(document.former) })
  else {
    const columns = asked?.names ?? []
    const head = ['SERVICE', 'SECRET', 'FROM', 'AS', ...columns.map((name) => name.toUpperCase())]
    const cells = (row: Row) => [
      ...[row.service, row.name, row.set === false ? `${row.from}: missing` : row.from, row.as],
      ...columns.map((name) => row.hosts[name] ?? '-'),
    ]
    print(rows.length > 0 ? tableText(head, rows.map(cells)) : 'no service names a secret')
    if (unused.length > 0) print(`no service names: ${unused.join(', ')}`)
    for (const line of formerLines(document)) print(line)
  }
  return asked?.code
})

function rowOf(document: SecretsDocument, app: ProgramConfig, { name, from, as }: SecretConfig): Row {
  const set = from === 'file' ? valueFor(document, app.name, name) !== undefined : null
  return { service: app.name, name, from: fromText(from), as, set, hosts: {} }
}

function fromText(from: SecretConfig['from']): string {
  if (typeof from === 'string') return from
  return 'env' in from ? `$${from.env}` : `command ${from.command[0]}`
}

function isUsed(key: string, rows: readonly Row[]): boolean {
  return rows.some(({ service, name }) => key === name || key === secretKey(name, service))
}

/** Asks hosts what their services run with, and compares it with the file's values by their versions. */
async function hostColumns(
  config: Config,
  given: readonly string[] | undefined,
  document: SecretsDocument,
  rows: readonly Row[],
) {
  const apps = withSecrets(config.services)
  const results = await onHosts(hostsFor(config, given), async (connection, host) => {
    const found = await report(connection, { with: 'secrets' })
    for (const app of apps.filter(({ hosts }) => hosts.includes(host.name))) {
      const there = secretsOn(host, app, fileValues(document, app), found)
      for (const row of rows.filter(({ service }) => service === app.name)) {
        row.hosts[host.name] = stateText(found, app.name, row, there.secrets[row.name]?.version)
      }
    }
    return []
  })
  return { names: results.map(({ host }) => host.name), code: failuresOf(results) }
}

function fileValues(document: SecretsDocument, { name: service, secrets }: ProgramConfig): SecretValues {
  const values = secrets.flatMap(({ name, from }) => {
    const value = from === 'file' ? valueFor(document, service, name) : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return { [service]: Object.fromEntries(values) }
}

function stateText(found: Report, service: string, { name }: Row, version: string | undefined): string {
  const current = found.services.find((one) => one.name === service)
  const running = current?.manifest?.secrets[name]
  if (running === undefined) return version === undefined ? 'missing' : 'not deployed'
  if (version === undefined) return `release ${current?.current}`
  return running === version
    ? `release ${current?.current}, the same`
    : `release ${current?.current}, another`
}
