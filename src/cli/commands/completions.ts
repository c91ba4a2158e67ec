import { command } from '../command.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** `slipway completions SHELL`. */
export const completions = command({
  brief: 'Print completions for a shell',
  args: [{ parse: parseShell, placeholder: SHELLS.join('|'), brief: 'The shell they are for' }],
  run: async (cli, _flags, shell) => {
    const [{ describe }, { slipway }, texts] = await Promise.all([
      import('../describe.js'),
      import('../app.js'),
      import('../shell/index.js'),
    ])
    cli.print(texts[shell](describe(slipway)))
  },
})

function parseShell(input: string): (typeof SHELLS)[number] {
  const shell = SHELLS.find((name) => name === input)
  if (!shell) throw new RangeError(`expected one of: ${SHELLS.join(', ')}`)
  return shell
}
