import type { SetupResult } from '../../engine/setup.js'
import { usageError } from '../../errors.js'
import { command } from '../command.js'
import {
  configFlags,
  deployRsFlag,
  hostArgument,
  jsonFlag,
  overrideFlag,
  switchFlag,
  textFlag,
} from '../flags.js'
import { noteText } from '../text/setup-note.js'

/** The deploy user's name where `--deploy-user` is given none. */
const DEFAULT_DEPLOY_USER = 'slipway'

/** `slipway setup HOST`. */
export const setup = command({
  brief: 'Make a host ready: Nix, nginx, directories, include lines',
  args: [hostArgument],
  flags: {
    ...configFlags,
    ...deployRsFlag,
    ...overrideFlag,
    ...jsonFlag,
    dryRun: switchFlag('Say what would change'),
    deployUser: {
      ...textFlag('Make a user who may deploy and nothing else (default: slipway)', 'NAME'),
      inferEmpty: true,
    },
  },
  run: async (cli, { json, dryRun = false, ...flags }, name) => {
    const [{ setupHost }, { hostOf }, { programsFor }, { overridesOf }, { KEY_NAME_PATTERN }] =
      await Promise.all([
        import('../../engine/setup.js'),
        import('../../engine/selection.js'),
        import('../../release/host-programs.js'),
        import('../overrides.js'),
        import('../../config/names.js'),
      ])
    const deployUser = flags.deployUser === '' ? DEFAULT_DEPLOY_USER : flags.deployUser
    if (deployUser !== undefined && !KEY_NAME_PATTERN.test(deployUser)) {
      throw usageError({ what: `"${deployUser}" can't be the name of a user` })
    }
    const config = await cli.config(flags)
    const host = hostOf(config, name)
    const programs = [...programsFor(config.services.filter(({ hosts }) => hosts.includes(name))).keys()]
    const overrides = overridesOf(config, flags)
    const engine = await cli.engine({ stops: true })
    const telling = dryRun ? { ...engine, tell: () => undefined } : engine
    const result = await setupHost(telling, host, { dryRun, deployUser, programs, overrides })
    if (dryRun) for (const change of result.changes) cli.terminal.line(`${name}: would ${change}`)
    if (json) cli.printJson(result)
    else cli.print(summary(name, result, dryRun))
  },
})

function summary(host: string, { changes, manual }: SetupResult, dryRun: boolean): string {
  const lines = manual.map((text) => noteText(host, { kind: 'manual', text }))
  if (changes.length > 0) lines.push(dryRun ? `${host}: nothing was changed` : `${host}: ready for deploys`)
  else if (manual.length === 0) lines.push(`${host}: ready already, nothing was changed`)
  return lines.join('\n')
}
