import { ExitCode } from '../../../contract/exit-codes.js'
import type { DeployOptions } from '../../../engine/deploy.js'
import { deploy } from '../../../engine/deploy.js'
import { exitCodeOf } from '../../../engine/result.js'
import { hostOf, select } from '../../../engine/selection.js'
import { surveyHost } from '../../../engine/survey.js'
import { usageError } from '../../../errors.js'
import type { Adopted, Adoption } from '../../../init/adopt/adoption.js'
import { claimsOf, unready } from '../../../init/adopt/ready.js'
import { understand } from '../../../init/adopt/understand.js'
import type { Cli } from '../../cli.js'
import type { FlagValues } from '../../command.js'
import { tellFailures } from '../../failures.js'
import { hashPolicy } from '../../hash-policy.js'
import { overridesOf } from '../../overrides.js'
import { claimsText } from '../../text/adoption-text.js'
import { resultText } from '../../text/result-text.js'
import type { adoptFlags } from './index.js'

/** Moves a service over: a deploy that takes the place of what serves by hand, or gives it back. */
export async function moveOver(
  cli: Cli,
  flags: FlagValues<typeof adoptFlags>,
  hostName: string,
  name: string,
): Promise<ExitCode | number> {
  const config = await cli.config(flags)
  const host = hostOf(config, flags.rehearse ?? hostName)
  const { services } = select(config, [name], [host.name])
  const engine = await cli.engine({ stops: true })
  const adopted = foundIn(understand(await surveyHost(engine, host)), name, host.name)
  const problems = services.flatMap((service) => unready(adopted, service))
  if (problems.length > 0) {
    throw usageError({
      what: `${name} can't be moved over yet`,
      why: problems.join('\n'),
      still: 'Nothing was changed: it is served as before.',
      next: 'Change the config, or what is named of the host, then do this again.',
    })
  }
  const claims = services[0] ? claimsOf(adopted, services[0]) : adopted.claims
  cli.print(claimsText(adopted, claims, host.name))
  if (flags.dryRun) return ExitCode.ok
  if (!flags.yes) await confirm(cli, `Move ${name} over now?`)
  const options: DeployOptions = {
    ...{ names: [name], hosts: [host.name], where: undefined, mode: 'switch' },
    overrides: overridesOf(config, flags),
    takeOver: flags.takeOver ?? false,
    adopts: { [name]: claims },
    hashes: hashPolicy(flags, cli.prompt),
  }
  const rollout = { wait: flags.wait ?? false, allOrNothing: false }
  const result = await deploy(engine, config, { ...options, ...rollout })
  tellFailures(cli.terminal, result.failures)
  if (result.outcomes.length > 0) cli.print(resultText(result, result.selection.services))
  return exitCodeOf(result, engine.signal.aborted)
}

function foundIn({ services, left }: Adoption, name: string, host: string): Adopted {
  const found = services.find((one) => one.name === name)
  if (found !== undefined) return found
  const stays = left.find(({ what }) => what === `${name}.service`)
  throw usageError({
    what: `${host} has nothing by hand that would be the service ${name}`,
    why: stays && `${stays.what}: ${stays.why}`,
    next: `There are: ${services.map((one) => one.name).join(', ') || 'none'}. \`slipway adopt ${host} --dry-run\` says more.`,
  })
}

async function confirm({ prompt }: Cli, question: string): Promise<void> {
  if (!prompt.canAsk) {
    throw usageError({ what: 'there is no terminal to ask on', next: 'Add --yes.' })
  }
  if (!(await prompt.yes(question, false))) throw usageError({ what: 'nothing was changed' })
}
