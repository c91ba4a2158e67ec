import type { Config } from '../../config/resolved.js'
import { ExitCode } from '../../contract/exit-codes.js'
import type { Filled } from '../../engine/cache/fill.js'
import type { DeployOptions, DeployResult } from '../../engine/deploy.js'
import type { Engine } from '../../engine/engine.js'
import { parsePercent } from '../arguments.js'
import type { Cli } from '../cli.js'
import { command } from '../command.js'
import { failuresJson, tellFailures } from '../failures.js'
import { cacheFlag, fixHashesFlag, itemArguments, switchFlag, waitFlag, yesNoFlag } from '../flags.js'
import { hashPolicy } from '../hash-policy.js'
import { type StepTime, stepTimes } from '../step-times.js'
import { filledJson, tellFilled } from '../text/cache-text.js'
import { tookText } from '../text/took-text.js'
import { planFlags, showPlan } from './plan.js'

/** `slipway deploy [SERVICE…]`. */
export const deploy = command({
  brief: 'Build, ship and activate what changed; put back the old release where the new one is not healthy',
  args: itemArguments,
  flags: {
    ...planFlags,
    ...waitFlag,
    ...fixHashesFlag,
    ...cacheFlag,
    check: yesNoFlag("Run the flake's checks first, and stop where one fails (default: as the config says)"),
    dryRun: switchFlag('The same as `slipway plan`'),
    allOrNothing: switchFlag('Confirm only when all is good on all hosts; else put back everything'),
    canary: {
      kind: 'parsed',
      parse: parsePercent,
      brief: 'Give new releases this share of the requests until `slipway promote` or `withdraw`',
      optional: true,
      placeholder: 'PERCENT',
    },
    boot: switchFlag('Systems: from the next boot on, not now'),
    test: switchFlag('Systems: now, but not at the next boot'),
    dryActivate: switchFlag('Systems: have the host say what activating would do, and change nothing'),
  },
  run: async (cli, flags, ...names) => {
    const mode = flags.boot ? 'boot' : flags.test ? 'test' : 'switch'
    if (flags.dryRun) return showPlan(cli, flags, names, mode)
    const began = Date.now()
    const times = stepTimes()
    const [{ deploy }, { overridesOf }, { exitCodeOf }] = await Promise.all([
      import('../../engine/deploy.js'),
      import('../overrides.js'),
      import('../../engine/result.js'),
    ])
    const engine = await cli.engine({ stops: true, onEvent: times.onEvent })
    const config = await cli.config(flags)
    const options: DeployOptions = {
      ...{ names, hosts: flags.host ?? [], where: flags.build, mode, check: flags.check },
      overrides: overridesOf(config, flags),
      takeOver: flags.takeOver ?? false,
      hashes: hashPolicy(flags, cli.prompt),
    }
    if (flags.dryActivate) return dryActivate(cli, engine, config, options)
    const result = await deploy(engine, config, {
      ...options,
      wait: flags.wait ?? false,
      allOrNothing: flags.allOrNothing ?? false,
      canary: flags.canary,
      requireCache: flags.requireCache,
    })
    const ms = Date.now() - began
    const steps = times.steps()
    if (flags.json) showJson(cli, result, ms, steps)
    else await showResult(cli, result, ms, steps)
    const code = exitCodeOf(result, engine.signal.aborted)
    return code === ExitCode.ok && flags.requireCache && result.caches.some(isEmpty) ? ExitCode.failed : code
  },
})

function isEmpty(filled: Filled): boolean {
  return 'error' in filled
}

function showJson(
  { printJson }: Cli,
  { outcomes, failures, certificates, caches }: DeployResult,
  ms: number,
  steps: readonly StepTime[],
): void {
  printJson({
    ...{ outcomes, failures: failuresJson(failures), certificates, seconds: ms / 1000 },
    caches: filledJson(caches),
    steps: Object.fromEntries(steps.map(({ step, ms }) => [step, ms / 1000])),
  })
}

async function showResult(
  { terminal, print }: Cli,
  result: DeployResult,
  ms: number,
  steps: readonly StepTime[],
): Promise<void> {
  const [{ resultText }, { certificatesText }] = await Promise.all([
    import('../text/result-text.js'),
    import('../text/certificates-text.js'),
  ])
  tellFailures(terminal, result.failures)
  const text = resultText(result, result.selection.services)
  if (text) print(text)
  if (result.certificates.length > 0) print(certificatesText(result.certificates, Date.now() / 1000))
  tellFilled(terminal, result.caches)
  if (result.untouched.length > 0) {
    terminal.line('Nothing was changed on the other hosts: it was to be all or nothing.')
  }
  terminal.line(tookText(ms, steps))
}

async function dryActivate(
  { terminal }: Cli,
  engine: Engine,
  config: Config,
  options: DeployOptions,
): Promise<ExitCode> {
  const { dryActivate } = await import('../../engine/dry-activate.js')
  const { activations, failures } = await dryActivate(engine, config, options)
  for (const { host, system, output } of activations) {
    terminal.line(`${host}: what activating ${system} would do:`)
    for (const line of output.trimEnd().split('\n')) terminal.line(`  ${line}`)
  }
  tellFailures(terminal, failures)
  return failures.length > 0 || activations.some(({ good }) => !good) ? ExitCode.failed : ExitCode.ok
}
