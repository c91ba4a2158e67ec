import { command } from '../command.js'
import { configFlags, fixHashesFlag, itemArguments, jsonFlag, overrideFlag, textFlag } from '../flags.js'
import { hashPolicy } from '../hash-policy.js'

/** `slipway build [SERVICE|SYSTEM…]`: what a deploy would build, and nothing else. */
export const build = command({
  brief: 'Build what the config names on this machine, and print the store paths',
  args: itemArguments,
  flags: {
    ...configFlags,
    ...overrideFlag,
    ...jsonFlag,
    ...fixHashesFlag,
    system: textFlag("Build for this system, such as aarch64-linux (default: this machine's)", 'SYSTEM'),
  },
  run: async (cli, flags, ...names) => {
    const [{ build }, { overridesOf }] = await Promise.all([
      import('../../engine/build.js'),
      import('../overrides.js'),
    ])
    const config = await cli.config(flags)
    const packages = await build(await cli.engine({ stops: true }), config, {
      names,
      overrides: overridesOf(config, flags),
      hashes: hashPolicy(flags, cli.prompt),
      system: flags.system,
    })
    if (flags.json) {
      cli.printJson(packages.map(({ kind, name, ...built }) => ({ [kind]: name, ...built })))
    } else cli.print([...new Set(packages.map((built) => built.package))].join('\n'))
  },
})
