import { packageVersion } from '../../package-root.js'
import { command } from '../command.js'

/** `slipway man`. */
export const man = command({
  brief: 'Print the manual page: `slipway man | man -l -`',
  run: async (cli) => {
    const [{ describe }, { slipway }, { manPage }] = await Promise.all([
      import('../describe.js'),
      import('../app.js'),
      import('../shell/man.js'),
    ])
    cli.print(manPage(describe(slipway), packageVersion()))
  },
})
