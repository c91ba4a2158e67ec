import { onInterrupt } from '../engine/interrupt.js'
import { select } from '../engine/selection.js'
import { openSessions } from '../engine/session.js'
import { ExitCode } from '../errors.js'
import { resolveSecrets } from '../secrets/resolve.js'
import { buildOptionsOf, command, configOf, print, printJson } from './command.js'
import type { BuildFlags, DeployRsFlags, HostFlags, JsonFlags } from './flags.js'
import { planJson } from './plan-json.js'
import { errorText } from './text/error-text.js'
import { planText } from './text/plan-text.js'
import { createTerminal } from './text/terminal.js'

export type PlanFlags = HostFlags & BuildFlags & DeployRsFlags & JsonFlags

/** `slipway plan`, and `deploy --dry-run`. */
export const plan = command(async (flags: PlanFlags, ...names: string[]) => {
  const config = await configOf(flags)
  const selection = select(config, names, flags.host ?? [])
  const terminal = createTerminal()
  const secrets = await resolveSecrets(config, selection.services)
  const sessions = await openSessions(
    config,
    selection,
    { ...buildOptionsOf(config, flags, false), secrets },
    terminal,
    onInterrupt(),
  )
  for (const { connection } of sessions.ready) connection.close()
  const plans = sessions.ready.map((session) => session.plan)
  if (flags.json) printJson(planJson(plans, sessions.failures))
  else if (plans.length > 0) print(planText(plans))
  for (const { error } of sessions.failures) terminal.line(errorText(error))
  const broken = sessions.failures.length > 0 || plans.some(({ problems }) => problems.length > 0)
  return broken ? ExitCode.failed : ExitCode.ok
})
