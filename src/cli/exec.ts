import type { ExitCode } from '../errors.js'
import { usageError } from '../errors.js'
import { connect } from '../remote/connection.js'
import { runVerb } from '../remote/verbs.js'
import { command, configOf } from './command.js'
import type { HostFlags } from './flags.js'
import { hostsFor, serviceOf } from './hosts.js'

/** `slipway exec SERVICE -- COMMAND…`: ends with the command's own exit code. */
export const exec = command(async (flags: HostFlags, ...words: string[]) => {
  const [name, ...argv] = words
  if (name === undefined || argv.length === 0) {
    throw usageError({ what: 'exec takes a service and a command', next: 'slipway exec SERVICE -- COMMAND' })
  }
  const config = await configOf(flags)
  const service = serviceOf(config, name)
  const [host, ...others] = hostsFor(config, flags.host, service)
  if (!host || others.length > 0) {
    throw usageError({
      what: `${service} runs on several hosts`,
      next: `Name one: --host ${host?.name ?? ''}`,
    })
  }
  const connection = await connect(host)
  try {
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true
    const inherit = terminal ? 'terminal' : 'output'
    const result = await runVerb(connection, 'exec', [service, terminal ? 'tty' : 'pipe', ...argv], {
      inherit,
    })
    // The command's own exit code, whatever it is, is what the caller wants to know.
    return result.exitCode as ExitCode
  } finally {
    connection.close()
  }
})
