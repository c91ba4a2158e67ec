import { certificatesText, obtainCertificates } from '../engine/certificates.js'
import { deploySessions } from '../engine/deploy.js'
import { dryActivate } from '../engine/dry-activate.js'
import { onInterrupt } from '../engine/interrupt.js'
import { type DeployResult, exitCodeOf } from '../engine/outcome.js'
import { select } from '../engine/selection.js'
import { openSessions, type Sessions } from '../engine/session.js'
import { makeThrowaways } from '../engine/throwaway.js'
import type { ExitCode } from '../errors.js'
import { touches } from '../plan/plan.js'
import { resolveSecrets } from '../secrets/resolve.js'
import { requireChecks } from './check.js'
import { buildOptionsOf, command, configOf, print, printJson } from './command.js'
import { fixerOf } from './fix-hashes.js'
import { type PlanFlags, plan } from './plan.js'
import { errorText } from './text/error-text.js'
import { planText } from './text/plan-text.js'
import { resultText } from './text/result-text.js'
import { createTerminal, formatDuration, type Terminal } from './text/terminal.js'

type DeployFlags = PlanFlags & {
  wait?: boolean
  dryRun?: boolean
  fixHashes?: boolean
  check?: boolean
  allOrNothing?: boolean
  boot?: boolean
  test?: boolean
  dryActivate?: boolean
  canary?: number
}

/** `slipway deploy`. */
export const deploy = command(async (flags: DeployFlags, ...names: string[]) => {
  if (flags.dryRun) {
    await plan.call({ process }, flags, ...names)
    return Number(process.exitCode) as ReturnType<typeof exitCodeOf>
  }
  const began = Date.now()
  const signal = onInterrupt()
  const terminal = createTerminal()
  const config = await configOf(flags)
  const selection = select(config, names, flags.host ?? [])
  await makeThrowaways(selection, terminal.line)
  // Where every host failed, nobody needs what is still being built, nor an answer for it.
  const over = new AbortController()
  const rebuild = fixerOf(config.root, flags, terminal, AbortSignal.any([signal, over.signal]))
  // Before anything is built or contacted: what is missing is told at once.
  const secrets = await resolveSecrets(config, selection.services)
  const options = { ...buildOptionsOf(config, flags, true), rebuild, secrets }
  if (flags.check ?? config.check) {
    await requireChecks(config, options.overrides, rebuild, terminal, signal)
  }
  const sessions = await openSessions(config, selection, options, terminal, signal)
  over.abort()
  if (flags.dryActivate) return dryActivate(sessions, terminal, signal)
  if (flags.allOrNothing && sessions.failures.length > 0) return nothing(sessions, terminal)
  const changing = sessions.ready.filter((session) => touches(session.plan)).map((session) => session.plan)
  if (changing.length > 0) terminal.line(planText(changing).trimEnd())
  const applied = await deploySessions(
    sessions.ready,
    {
      wait: flags.wait ?? false,
      guard: config.guard,
      mode: options.mode,
      secrets,
      allOrNothing: flags.allOrNothing ?? false,
      canary: flags.canary,
      parallel: config.parallel,
    },
    terminal,
    signal,
  )
  const certificates = await obtainCertificates(sessions.ready, applied.outcomes, terminal, signal)
  for (const { connection } of sessions.ready) connection.close()
  const result: DeployResult = {
    outcomes: applied.outcomes,
    failures: [...sessions.failures, ...applied.failures],
  }
  if (flags.json) {
    printJson({
      outcomes: result.outcomes,
      failures: result.failures.map(({ host, error }) => ({ host, error: error.message })),
      certificates,
      seconds: (Date.now() - began) / 1000,
    })
  } else {
    for (const { error } of uniqueErrors(result.failures)) terminal.line(errorText(error))
    const text = resultText(result, selection.services)
    if (text) print(text)
    if (certificates.length > 0) print(certificatesText(certificates, Date.now() / 1000))
    terminal.line(`took ${formatDuration(Date.now() - began)}`)
  }
  return exitCodeOf(result, signal.aborted)
})

/** All or nothing: a host that can't even be begun with leaves nothing. */
function nothing(sessions: Sessions, terminal: Terminal): ExitCode {
  for (const { connection } of sessions.ready) connection.close()
  for (const { error } of uniqueErrors(sessions.failures)) terminal.line(errorText(error))
  if (sessions.ready.length > 0)
    terminal.line('Nothing was changed on the other hosts: it was to be all or nothing.')
  return exitCodeOf({ outcomes: [], failures: sessions.failures }, false)
}

/** A build that fails, fails for every host: it is told once. */
function uniqueErrors(failures: DeployResult['failures']): DeployResult['failures'] {
  return [...new Map(failures.map((failure) => [failure.error, failure])).values()]
}
