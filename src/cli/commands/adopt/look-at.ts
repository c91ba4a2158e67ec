import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { CONFIG_FILES } from '../../../config/load.js'
import { resolveHost } from '../../../config/resolve.js'
import { resolveOverrides } from '../../../engine/overrides.js'
import { suggestedProject } from '../../../engine/project.js'
import { setupHost } from '../../../engine/setup.js'
import { surveyHost } from '../../../engine/survey.js'
import { usageError } from '../../../errors.js'
import { adoptedConfig } from '../../../init/adopt/config-file.js'
import { understand } from '../../../init/adopt/understand.js'
import { hostName } from '../../../init/detect/settle.js'
import { NotSetUp } from '../../../remote/login-errors.js'
import type { Cli } from '../../cli.js'
import type { FlagValues } from '../../command.js'
import { givenOverrides } from '../../overrides.js'
import { adoptionText } from '../../text/adoption-text.js'
import type { adoptFlags } from './index.js'

/**
 * Looks at a host, and writes a config of what it serves. Nothing is changed there.
 * @throws SlipwayError where the config is there already.
 */
export async function lookAt(cli: Cli, flags: FlagValues<typeof adoptFlags>, ssh: string): Promise<void> {
  const file = flags.output ?? CONFIG_FILES[0] ?? ''
  if (!flags.dryRun && existsSync(file)) throw isThere(file)
  const name = hostName(ssh)
  const host = resolveHost(name, { ssh })
  const engine = await cli.engine({ stops: true })
  if (flags.setup) {
    const cwd = process.cwd()
    const overrides = resolveOverrides(cwd, {}, cwd, givenOverrides(flags))
    await setupHost(engine, host, { dryRun: false, deployUser: undefined, programs: [], overrides })
  }
  const survey = await surveyHost(engine, host).catch((error: unknown) => {
    if (!(error instanceof NotSetUp)) throw error
    throw usageError({
      what: `slipway has not been set up on ${ssh}, and looking needs its agent there`,
      still: 'Nothing was changed there.',
      next: `slipway adopt ${ssh} --setup   # brings the agent, and has nginx include a file of slipway's; serves nothing yet`,
    })
  })
  const adoption = understand(survey)
  const project = await suggestedProject(process.cwd())
  const text = adoptedConfig(adoption, { name, ssh, project })
  cli.print(adoptionText(adoption))
  if (flags.dryRun) {
    cli.print(`\n# ${file}\n${text}`)
    return
  }
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST'
      ? isThere(file)
      : usageError({ what: `${file} can't be written`, why: error.message })
  })
  const [first] = adoption.services
  cli.print(`Wrote ${file}.${first ? ` Read it; then: slipway adopt ${name} --service ${first.name}` : ''}`)
}

function isThere(file: string) {
  return usageError({
    what: `${file} is there already`,
    still: 'It was left as it is.',
    next: 'Name another with --output FILE, or print it with --dry-run.',
  })
}
