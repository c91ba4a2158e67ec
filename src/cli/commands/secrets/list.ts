import type { ProgramConfig, SecretConfig } from '../../../config/resolved.js'
import { type SecretsDocument, secretKey, valueFor } from '../../../secrets/document.js'
import { command } from '../../command.js'
import { failuresCode } from '../../failures.js'
import { hostFlags, jsonFlag, switchFlag } from '../../flags.js'
import { formerLines, runningText } from '../../text/secrets-text.js'
import { tableText } from '../../text/table.js'

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
export const list = command({
  brief: 'Which secrets there are, and where each comes from; no values',
  flags: {
    ...hostFlags,
    ...jsonFlag,
    hosts: switchFlag('Ask the hosts which values their services run with'),
  },
  run: async (cli, { host, hosts, json, ...flags }) => {
    const [{ readSecrets }, { withSecrets }] = await Promise.all([
      import('../../../secrets/file.js'),
      import('../../../secrets/resolve.js'),
    ])
    const config = await cli.config(flags)
    const document = await readSecrets(config)
    const rows = withSecrets(config.services).flatMap((service) =>
      service.secrets.map((secret) => rowOf(document, service, secret)),
    )
    const columns: string[] = []
    let code: Awaited<ReturnType<typeof failuresCode>> | undefined
    if (hosts || host) {
      const { runningSecrets } = await import('../../../engine/secrets.js')
      const found = await runningSecrets(await cli.engine(), config, host ?? [], document)
      columns.push(...found.hosts)
      for (const { host: on, service, name, state } of found.secrets) {
        const row = rows.find((one) => one.service === service && one.name === name)
        if (row) row.hosts[on] = runningText(state)
      }
      code = failuresCode(cli.terminal, found.failures)
    }
    const unused = Object.keys(document.values).filter((key) => !isUsed(key, rows))
    if (json) cli.printJson({ secrets: rows, unused, former: Object.values(document.former) })
    else {
      cli.print(rows.length > 0 ? rowsText(rows, columns) : 'no service names a secret')
      if (unused.length > 0) cli.print(`no service names: ${unused.join(', ')}`)
      for (const line of formerLines(document)) cli.print(line)
    }
    return code
  },
})

function rowOf(document: SecretsDocument, service: ProgramConfig, { name, from, as }: SecretConfig): Row {
  const set = from === 'file' ? valueFor(document, service.name, name) !== undefined : null
  return { service: service.name, name, from: fromText(from), as, set, hosts: {} }
}

function fromText(from: SecretConfig['from']): string {
  if (typeof from === 'string') return from
  return 'env' in from ? `$${from.env}` : `command ${from.command[0]}`
}

function isUsed(key: string, rows: readonly Row[]): boolean {
  return rows.some(({ service, name }) => key === name || key === secretKey(name, service))
}

function rowsText(rows: readonly Row[], hosts: readonly string[]): string {
  const head = ['SERVICE', 'SECRET', 'FROM', 'AS', ...hosts.map((name) => name.toUpperCase())]
  return tableText(
    head,
    rows.map((row) => [
      ...[row.service, row.name, row.set === false ? `${row.from}: missing` : row.from, row.as],
      ...hosts.map((name) => row.hosts[name] ?? '-'),
    ]),
  )
}
