import { activate } from '../deploy/activate.js'
import { bundle } from '../deploy/bundle.js'
import { onInterrupt } from '../deploy/interrupt.js'
import { whileLocked } from '../deploy/lock-wait.js'
import { collectResults, exitCodeOf } from '../deploy/outcome.js'
import { SlipwayError, usageError } from '../errors.js'
import { report } from '../host/verbs.js'
import { rollbackTarget } from '../plan/rollback.js'
import { errorText } from '../ui/error-text.js'
import { resultText } from '../ui/result-text.js'
import { createTerminal } from '../ui/terminal.js'
import { command, configOf, print, printJson } from './command.js'
import type { HostFlags, JsonFlags } from './flags.js'
import { hostsFor, onHosts, serviceOf } from './hosts.js'

type RollbackFlags = HostFlags & JsonFlags & { wait?: boolean }

/** `slipway rollback [SERVICE] [RELEASE]`. */
export const rollback = command(async (flags: RollbackFlags, name?: string, wanted?: string) => {
  const number = wanted === undefined ? undefined : releaseNumber(wanted)
  const config = await configOf(flags)
  const service = serviceOf(config, name)
  const terminal = createTerminal()
  const signal = onInterrupt()
  const results = await onHosts(hostsFor(config, flags.host, service), (connection, host) =>
    whileLocked({ wait: flags.wait ?? false }, terminal, signal, async () => {
      const { services } = await report(connection)
      const found = rollbackTarget(
        services.find((one) => one.name === service),
        number,
      )
      if ('problem' in found) throw notPossible(service, host.name, found.problem)
      const activation = { service, to: found.to, expected: found.from, action: 'rollback' as const }
      const archive = await bundle([activation], [])
      const what = `roll back ${service} to ${found.to}`
      return activate({ host, connection }, [activation], archive, what, terminal, signal)
    }),
  )
  const result = collectResults(results)
  if (flags.json)
    printJson({
      ...result,
      failures: result.failures.map(({ host, error }) => ({ host, error: error.message })),
    })
  else {
    for (const { error } of result.failures) terminal.line(errorText(error))
    if (result.outcomes.length > 0) print(resultText(result, config.services))
  }
  return exitCodeOf(result, signal.aborted)
})

function releaseNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw usageError({ what: `"${text}" is not a release number`, next: 'Releases are numbered 1, 2, 3 …' })
}

function notPossible(service: string, host: string, problem: string): SlipwayError {
  return new SlipwayError({
    what: `${service} on ${host} can't be rolled back: ${problem}`,
    still: 'What served before serves still.',
    next: `\`slipway releases ${service}\` lists what is there.`,
  })
}
