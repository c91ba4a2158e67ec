import { ExitCode } from '../../contract/exit-codes.js'
import { command } from '../command.js'
import {
  cacheFlag,
  configFlags,
  fixHashesFlag,
  itemArguments,
  jsonFlag,
  overrideFlag,
  textFlag,
} from '../flags.js'
import { hashPolicy } from '../hash-policy.js'
import { tellFilled } from '../text/cache-text.js'

/** `slipway build [SERVICE|SYSTEM…]`: what a deploy would build, and nothing else. */
export const build = command({
  brief: 'Build what the config names on this machine, and print the store paths',
  args: itemArguments,
  flags: {
    ...configFlags,
    ...overrideFlag,
    ...jsonFlag,
    ...fixHashesFlag,
    ...cacheFlag,
    system: textFlag("Build for this system, such as aarch64-linux (default: this machine's)", 'SYSTEM'),
  },
  run: async (cli, flags, ...names) => {
    const [{ build }, { fillCaches }, { overridesOf }] = await Promise.all([
      import('../../engine/build.js'),
      import('../../engine/cache/fill.js'),
      import('../overrides.js'),
    ])
    const config = await cli.config(flags)
    const engine = await cli.engine({ stops: true })
    const packages = await build(engine, config, {
      names,
      overrides: overridesOf(config, flags),
      hashes: hashPolicy(flags, cli.prompt),
      system: flags.system,
    })
    const paths = packages.map((built) => built.package)
    // Nothing waits for this but the caches themselves.
    const caches = await fillCaches(engine, config, config.caches, paths).ended(true)
    tellFilled(cli.terminal, caches)
    if (flags.json) {
      cli.printJson(packages.map(({ kind, name, ...built }) => ({ [kind]: name, ...built })))
    } else cli.print([...new Set(paths)].join('\n'))
    return flags.requireCache && caches.some((one) => 'error' in one) ? ExitCode.failed : ExitCode.ok
  },
})
