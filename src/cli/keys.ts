import { readFile } from 'node:fs/promises'
import { KEY_NAME_PATTERN, serviceNameProblem } from '../config/names.js'
import { keyNameOf, parsePublicKey, parseSigningKey } from '../config/public-key.js'
import type { Config } from '../config/resolved.js'
import { parseRoute } from '../config/route.js'
import { domainsOf } from '../contract/service.js'
import { ExitCode, usageError } from '../errors.js'
import { type Connection, connect } from '../remote/connection.js'
import { addKey, listKeys, removeKey } from '../remote/keys.js'
import { command, configOf, print, printJson } from './command.js'
import type { ConfigFlags, JsonFlags } from './flags.js'
import { hostOf } from './hosts.js'
import { tableText } from './text/table.js'

type AddFlags = ConfigFlags &
  JsonFlags & { service: string; name?: string; route?: string[]; signingKey?: string }

/** `slipway keys add HOST FILE --service SERVICE`. */
export const keysAdd = command(async (flags: AddFlags, hostName: string, file: string) => {
  const config = await configOf(flags)
  const service = nameOf(flags.service)
  const name = flags.name ?? keyNameOf(file)
  if (!KEY_NAME_PATTERN.test(name)) {
    throw usageError({
      what: `"${name}" can't name a key: a-z, 0-9 and "-"`,
      next: 'Give it one with --name.',
    })
  }
  const grant = {
    service,
    name,
    key: parsePublicKey(await read(file), file),
    routes: routesOf(config, service, flags.route ?? []),
    signing:
      flags.signingKey === undefined
        ? undefined
        : parseSigningKey(await read(flags.signingKey), flags.signingKey),
  }
  return onHost(config, hostName, async (connection) => {
    const added = await addKey(connection, grant)
    if (flags.json)
      return printJson({ ...added, routes: grant.routes.map(({ domain, path }) => `${domain}${path}`) })
    const urls = grant.routes.map(({ domain, path }) => `${domain}${path}`).join(', ') || 'no URL'
    print(
      `${hostName}: ${added.changed ? 'the key' : 'as before, the key'} ${name} (${added.fingerprint}) may deploy ${service}, at ${urls}, as ${added.user}`,
    )
    if (added.manual) print(`${hostName}: yours to do: ${added.manual}`)
    if (grant.signing === undefined) {
      print(
        `${hostName}: without --signing-key it takes packages only that a key signed which the host trusts already`,
      )
    }
  })
})

/** `slipway keys list HOST`. */
export const keysList = command(async (flags: ConfigFlags & JsonFlags, hostName: string) =>
  onHost(await configOf(flags), hostName, async (connection) => {
    const { user, keys } = await listKeys(connection)
    if (flags.json) return printJson({ user, keys })
    if (keys.length === 0) return print(`${hostName}: no keys`)
    const rows = keys.map((key) => [
      ...[key.service, key.name, key.fingerprint, key.routes.join(' ') || '-'],
      key.signing?.replace(/:.*/, '') ?? '-',
    ])
    print(tableText(['SERVICE', 'NAME', 'KEY', 'MAY SERVE', 'SIGNS AS'], rows))
  }),
)

/** `slipway keys remove HOST NAME --service SERVICE`. */
export const keysRemove = command(
  async (flags: ConfigFlags & { service: string }, hostName: string, name: string) =>
    onHost(await configOf(flags), hostName, async (connection) => {
      await removeKey(connection, nameOf(flags.service), name)
      print(`${hostName}: the key ${name} may no longer deploy ${flags.service}`)
    }),
)

async function onHost(
  config: Config,
  name: string,
  work: (connection: Connection) => Promise<void>,
): Promise<ExitCode> {
  const connection = await connect(hostOf(config, name))
  try {
    await work(connection)
    return ExitCode.ok
  } finally {
    connection.close()
  }
}

function nameOf(service: string): string {
  const problem = serviceNameProblem(service)
  if (problem !== undefined) throw usageError({ what: problem })
  return service
}

/** What a key may serve: what the config says the service does, and what is named beside it. */
function routesOf(config: Config, service: string, more: readonly string[]) {
  const own = config.services.find(({ name }) => name === service)?.routes ?? []
  const named = more.map((text) => {
    const route = parseRoute(/^https?:/.test(text) ? text : `https://${text}`)
    if ('problem' in route) throw usageError({ what: route.problem })
    return route
  })
  return [...own, ...named].flatMap((route) =>
    domainsOf(route).map((domain) => ({ domain, path: domain === route.domain ? route.path : '/' })),
  )
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError({ what: `${file} can't be read (${error.code ?? error.message})` })
  })
}
