import { command } from '../../command.js'
import { optionalArgument, overrideFlag, switchFlag, textFlag, textsFlag, yesNoFlag } from '../../flags.js'

/** What `slipway init` takes: each question that it may ask has a flag. */
export const initFlags = {
  yes: switchFlag('Take the defaults; ask nothing'),
  dryRun: switchFlag('Print the files'),
  program: textsFlag('What to deploy, where there are several programs', 'NAME'),
  host: textFlag('The server: anything ssh accepts', 'SSH'),
  url: textsFlag('Where it is reached; SERVICE=URL where there are several', 'URL'),
  listen: textsFlag('How it listens: a port number, port, unix, socket, none or files', 'HOW'),
  name: textsFlag("The service's name; PROGRAM=NAME where there are several", 'NAME'),
  health: textsFlag('The path that tells about its health', 'PATH'),
  state: yesNoFlag('Whether it keeps files'),
  assets: textFlag('Folders it reads while it runs, with commas between', 'PATHS'),
  crane: switchFlag('Build Rust with crane'),
  gitAdd: yesNoFlag('Whether to make git know the files'),
  lock: yesNoFlag('Whether to write flake.lock, which takes a network (default: yes)'),
  ...overrideFlag,
} as const

/** `slipway init [FOLDER]`. */
export const init = command({
  brief: 'Recognise a project, and write its flake.nix and slipway.config.ts',
  args: [optionalArgument('FOLDER', "The project's folder (default: this one)")],
  flags: initFlags,
  run: async (cli, flags, folder = '.') => {
    const { initialise } = await import('./initialise.js')
    await initialise(cli, folder, flags)
  },
})
