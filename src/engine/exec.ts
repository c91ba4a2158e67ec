import type { Config } from '../config/resolved.js'
import { usageError } from '../errors.js'
import { execCommand } from '../remote/connect-command.js'
import { runAsRoot } from '../remote/password.js'
import type { Engine } from './engine.js'
import { onHost } from './login.js'
import type { ServiceOptions } from './restart.js'
import { hostsFor, serviceOf } from './selection.js'

/**
 * Runs a command as a service would, with the terminal, or the output, of this process. Resolves to its exit code.
 * @throws SlipwayError where the service is on several hosts and none is named.
 */
export async function exec(
  engine: Engine,
  config: Config,
  { service: given, hosts, words, tty }: ServiceOptions & { words: readonly string[]; tty: boolean },
): Promise<number> {
  const service = serviceOf(config, given)
  const [host, ...others] = hostsFor(config, hosts, service)
  if (!host || others.length > 0) {
    throw usageError({
      what: `${service} runs on several hosts`,
      next: `Name one: --host ${host?.name ?? ''}`,
    })
  }
  return onHost(engine, host, async (login) => {
    const command = (become: readonly string[]) => execCommand(become, service, tty, words)
    const { exitCode } = await runAsRoot(login, command, { inherit: tty ? 'terminal' : 'output' })
    return exitCode
  })
}
