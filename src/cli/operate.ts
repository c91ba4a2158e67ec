import { collectResults, exitCodeOf } from '../engine/outcome.js'
import { whoAmI } from '../engine/who.js'
import { SlipwayError, usageError } from '../errors.js'
import type { Connection } from '../remote/connection.js'
import { runVerb, verbError } from '../remote/verbs.js'
import { activateOnHosts } from './activations.js'
import { askYes } from './ask.js'
import { command, configOf, print } from './command.js'
import type { HostFlags } from './flags.js'
import { hostsFor, onHosts } from './hosts.js'
import { errorText } from './text/error-text.js'

/** `slipway restart SERVICE`. */
export const restart = command(async (flags: HostFlags & { wait?: boolean }, service: string) => {
  const config = await configOf(flags)
  return activateOnHosts(config, hostsFor(config, flags.host, service), service, flags, (report, host) => {
    const current = report.services.find(({ name }) => name === service)?.current
    if (!current) throw notThere(service, host.name)
    return {
      activation: {
        kind: 'service',
        name: service,
        to: current,
        expected: current,
        action: 'restart',
        hooks: false,
      },
      what: `restart ${service}`,
    }
  })
})

/** `slipway promote SERVICE`. */
export const promote = command(async (flags: HostFlags & { wait?: boolean }, service: string) => {
  const config = await configOf(flags)
  return activateOnHosts(config, hostsFor(config, flags.host, service), service, flags, (report, host) => {
    const found = report.services.find(({ name }) => name === service)
    if (!found?.canary) throw noCanary(service, host.name)
    const to = found.canary.release
    const base = { kind: 'service', name: service, to, expected: found.current } as const
    return {
      activation: { ...base, action: 'promote', hooks: false },
      what: `promote release ${to} of ${service}`,
    }
  })
})

/** `slipway withdraw SERVICE`. */
export const withdraw = command(async (flags: HostFlags, service: string) => {
  const config = await configOf(flags)
  const results = await onHosts(hostsFor(config, flags.host, service), async (connection, host) => {
    const { stdout } = await changing(connection, 'withdraw', [service, whoAmI()])
    const { withdrawn } = JSON.parse(stdout) as { withdrawn: number }
    print(`${service} on ${host.name}: release ${withdrawn} gets no more requests`)
    return []
  })
  return ended(results)
})

/** `slipway maintenance on|off SERVICE`. */
export const maintenance = command(async (flags: HostFlags, state: 'on' | 'off', service: string) => {
  const config = await configOf(flags)
  const results = await onHosts(hostsFor(config, flags.host, service), async (connection, host) => {
    await changing(connection, 'maintenance', [service, state])
    print(
      state === 'on'
        ? `${service} on ${host.name}: closed for maintenance; only its health check is let through`
        : `${service} on ${host.name}: open`,
    )
    return []
  })
  return ended(results)
})

/** `slipway stop SERVICE`. */
export const stop = command(async (flags: HostFlags, service: string) => {
  const config = await configOf(flags)
  const results = await onHosts(hostsFor(config, flags.host, service), async (connection, host) => {
    await changing(connection, 'stop', [service, whoAmI()])
    print(`${service} on ${host.name}: stopped; \`slipway restart ${service}\` starts it again`)
    return []
  })
  return ended(results)
})

/** `slipway remove SERVICE`. */
export const remove = command(
  async (flags: HostFlags & { yes?: boolean; purge?: boolean }, service: string) => {
    const config = await configOf(flags)
    const hosts = hostsFor(config, flags.host, service)
    const what = flags.purge
      ? `${service}, its releases, its state and its user`
      : `${service} and its releases`
    await confirm(`Remove ${what} from ${hosts.map(({ name }) => name).join(', ')}?`, flags.yes ?? false)
    const results = await onHosts(hosts, async (connection, host) => {
      const mode = flags.purge ? 'purge' : 'keep-state'
      const { stdout } = await changing(connection, 'remove', [service, whoAmI(), mode])
      const { stateKept } = JSON.parse(stdout) as { stateKept: boolean }
      print(
        `${service} on ${host.name}: removed${stateKept ? `; its state stays in /var/lib/${service}` : ''}`,
      )
      return []
    })
    return ended(results)
  },
)

function ended(results: Parameters<typeof collectResults>[0]) {
  const result = collectResults(results)
  for (const { error } of result.failures) process.stderr.write(`${errorText(error)}\n`)
  return exitCodeOf(result, false)
}

async function changing(connection: Connection, verb: string, args: string[]) {
  const result = await runVerb(connection, verb, args)
  if (result.exitCode !== 0) throw verbError(connection, verb, result)
  return result
}

function noCanary(service: string, host: string): SlipwayError {
  return new SlipwayError({
    what: `${service} has no canary on ${host}`,
    next: `Give a new release a share of the requests first: slipway deploy ${service} --canary 10%`,
  })
}

function notThere(service: string, host: string): SlipwayError {
  return new SlipwayError({
    what: `${host} has no release of ${service}`,
    next: `Deploy it first: slipway deploy ${service}`,
  })
}

async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) {
    throw usageError({
      what: 'this can not be undone, and there is no terminal to ask on',
      next: 'Add --yes.',
    })
  }
  if (!(await askYes(question, false))) throw usageError({ what: 'nothing was removed' })
}
