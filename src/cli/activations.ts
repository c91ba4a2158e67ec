import type { Config, HostConfig } from '../config/resolved.js'
import { activate } from '../deploy/activate.js'
import type { Activation } from '../deploy/bundle.js'
import { guardFor } from '../deploy/guard-for.js'
import { onInterrupt } from '../deploy/interrupt.js'
import { whileLocked } from '../deploy/lock-wait.js'
import { collectResults, exitCodeOf } from '../deploy/outcome.js'
import { watchUrls } from '../deploy/public-urls.js'
import type { ExitCode } from '../errors.js'
import type { Report } from '../host/report.js'
import { report } from '../host/verbs.js'
import { errorText } from '../ui/error-text.js'
import { resultText } from '../ui/result-text.js'
import { createTerminal } from '../ui/terminal.js'
import { print, printJson } from './command.js'
import { onHosts } from './hosts.js'

/** Has hosts activate something they have already: what, `choose` says from each host's report. */
export async function activateOnHosts(
  config: Config,
  hosts: readonly HostConfig[],
  name: string,
  options: { wait?: boolean; json?: boolean },
  choose: (report: Report, host: HostConfig) => { activation: Activation; what: string },
): Promise<ExitCode> {
  const terminal = createTerminal()
  const signal = onInterrupt()
  const systems = config.systems.filter((system) => system.name === name)
  const services = config.services.filter((service) => service.name === name)
  const results = await onHosts(hosts, (connection, host) => {
    const urls = watchUrls(services, config.guard.urlMs)
    return whileLocked({ wait: options.wait ?? false }, terminal, signal, async () => {
      const { activation, what } = choose(await report(connection, { systems }), host)
      const guard = guardFor(config.guard, [activation])
      const job = { activations: [activation], releases: [], what, guard, urls }
      return (await activate({ host, connection }, job, terminal, signal)).outcomes
    })
  })
  const result = collectResults(results)
  if (options.json) {
    printJson({
      ...result,
      failures: result.failures.map(({ host, error }) => ({ host, error: error.message })),
    })
  } else {
    for (const { error } of result.failures) terminal.line(errorText(error))
    if (result.outcomes.length > 0) print(resultText(result, config.services))
  }
  return exitCodeOf(result, signal.aborted)
}
