import { command } from '../../command.js'
import { optionalArgument, overrideFlag, textFlag } from '../../flags.js'

/** `slipway import [FLAKE]`. */
export const importDeploy = command({
  brief: "Write a slipway.config.ts from a deploy-rs flake's deploy.nodes",
  args: [optionalArgument('FLAKE', 'The flake, perhaps one node of it: FLAKE#NODE (default: the one here)')],
  flags: {
    output: textFlag(
      'The file to write; one that is there is never overwritten (default: slipway.config.ts)',
      'FILE',
    ),
    ...overrideFlag,
  },
  run: async (cli, flags, flake = '.') => {
    const { writeConfig } = await import('./write-config.js')
    const { file, names, notes } = await writeConfig(flake, flags)
    for (const note of notes) cli.terminal.warn(note)
    cli.print(`${file}: ${names.join(', ')}\nSee what a deploy would do: slipway plan`)
  },
})
