import { command } from '../command.js'
import { configFlags, hostArgument, jsonFlag } from '../flags.js'
import { formatBytes } from '../text/terminal.js'

/** `slipway gc HOST`. */
export const gc = command({
  brief: 'Make room on a host: remove from its Nix store what no release or system needs',
  args: [hostArgument],
  flags: { ...configFlags, ...jsonFlag },
  run: async (cli, { json, ...flags }, name) => {
    const [{ collectGarbage }, { hostOf }] = await Promise.all([
      import('../../engine/gc.js'),
      import('../../engine/selection.js'),
    ])
    const host = hostOf(await cli.config(flags), name)
    cli.terminal.status(`${name}: collecting what nothing needs`)
    const { before, after } = await collectGarbage(await cli.engine(), host)
    cli.terminal.status('')
    if (json) cli.printJson({ freed: after - before, free: after })
    else cli.print(`${name}: freed ${formatBytes(Math.max(0, after - before))}, ${formatBytes(after)} free`)
  },
})
