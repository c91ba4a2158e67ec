import type { Config, HostConfig } from '../config/resolved.js'
import { activate } from '../engine/activate.js'
import type { Activation } from '../engine/bundle.js'
import { guardFor } from '../engine/guard-for.js'
import { onInterrupt } from '../engine/interrupt.js'
import { whileLocked } from '../engine/lock-wait.js'
import { collectResults, exitCodeOf } from '../engine/outcome.js'
import { watchUrls } from '../engine/public-urls.js'
import type { ExitCode } from '../errors.js'
import type { Report } from '../contract/report.js'
import { report } from '../remote/verbs.js'
import { print, printJson } from './command.js'
import { onHosts } from './hosts.js'
import { errorText } from './text/error-text.js'
import { resultText } from './text/result-text.js'
import { createTerminal } from './text/terminal.js'

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
