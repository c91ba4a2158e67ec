import { ExitCode } from '../../contract/exit-codes.js'
import type { Cli } from '../cli.js'
import { command, type FlagValues } from '../command.js'
import { tellFailures } from '../failures.js'
import { buildFlags, deployRsFlag, hostFlags, itemArguments, jsonFlag, takeOverFlag } from '../flags.js'

/** What a plan takes, and a deploy too. */
export const planFlags = {
  ...hostFlags,
  ...deployRsFlag,
  ...buildFlags,
  ...takeOverFlag,
  ...jsonFlag,
} as const

/** `slipway plan [SERVICE…]`. */
export const plan = command({
  brief: 'Show what a deploy would do; changes nothing',
  args: itemArguments,
  flags: planFlags,
  run: (cli, flags, ...names) => showPlan(cli, flags, names, 'switch'),
})

/** Shows what a deploy would do. */
export async function showPlan(
  cli: Cli,
  flags: FlagValues<typeof planFlags>,
  names: readonly string[],
  mode: 'switch' | 'boot' | 'test',
): Promise<ExitCode> {
  const [{ plan }, { planJson }, { planText }, { overridesOf }] = await Promise.all([
    import('../../engine/plan.js'),
    import('../plan-json.js'),
    import('../text/plan-text.js'),
    import('../overrides.js'),
  ])
  const config = await cli.config(flags)
  const { plans, unlocked, failures } = await plan(await cli.engine({ stops: true }), config, {
    ...{ names, hosts: flags.host ?? [], where: flags.build, mode },
    takeOver: flags.takeOver ?? false,
    overrides: overridesOf(config, flags),
  })
  if (flags.json) cli.printJson({ ...planJson(plans, failures, config.environment), unlocked })
  else if (plans.length > 0) cli.print(planText(plans, config.environment))
  tellFailures(cli.terminal, failures)
  const broken = failures.length > 0 || plans.some(({ problems }) => problems.length > 0)
  return broken ? ExitCode.failed : ExitCode.ok
}
