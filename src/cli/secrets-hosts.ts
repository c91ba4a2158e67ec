import type { Config } from '../config/resolved.js'
import { secretsOn } from '../engine/host-secrets.js'
import { collectResults, exitCodeOf } from '../engine/outcome.js'
import { whoAmI } from '../engine/who.js'
import type { ExitCode } from '../errors.js'
import type { Connection } from '../remote/connection.js'
import { report, runVerb, verbError } from '../remote/verbs.js'
import { print } from './command.js'
import { hostsFor, onHosts } from './hosts.js'
import { errorText } from './text/error-text.js'

/** Puts a value on hosts alone. */
export async function keepOnHosts(
  config: Config,
  hosts: readonly string[],
  service: string,
  name: string,
  value: string,
): Promise<ExitCode> {
  return onEach(config, hosts, service, async (connection, host) => {
    const found = await report(connection, { with: 'secrets' })
    const secret = { name, from: 'file', as: 'env' } as const
    const { key, secrets } = secretsOn(
      { name: host },
      { name: service, secrets: [secret] },
      { [service]: { [name]: value } },
      found,
    )
    const version = secrets[name]?.version ?? ''
    const before = found.secrets.find((one) => one.service === service)?.kept[name]
    await run(connection, 'secret-keep', [service, name, version, whoAmI()], `${key}\n${value}`)
    print(
      `${name} of ${service} on ${host}: ${before === version ? 'as it was' : before ? 'changed' : 'set'}`,
    )
    if (before !== version) print(`\`slipway deploy ${service}\` gives it to the service.`)
  })
}

/** Takes a value from hosts; what runs, and releases that refer to it, still have it. */
export async function forgetOnHosts(
  config: Config,
  hosts: readonly string[],
  service: string,
  name: string,
): Promise<ExitCode> {
  return onEach(config, hosts, service, async (connection, host) => {
    await run(connection, 'secret-forget', [service, name, whoAmI()])
    print(`${name} of ${service} on ${host}: gone once no release there refers to it`)
  })
}

async function onEach(
  config: Config,
  names: readonly string[],
  service: string,
  work: (connection: Connection, host: string) => Promise<void>,
): Promise<ExitCode> {
  const results = await onHosts(hostsFor(config, names, service), async (connection, host) => {
    await work(connection, host.name)
    return []
  })
  const result = collectResults(results)
  for (const { error } of result.failures) process.stderr.write(`${errorText(error)}\n`)
  return exitCodeOf(result, false)
}

async function run(connection: Connection, verb: string, args: string[], input?: string): Promise<void> {
  const result = await runVerb(connection, verb, args, input === undefined ? {} : { input })
  if (result.exitCode !== 0) throw verbError(connection, verb, result)
}
