import { run } from '@stricli/core'
import { ExitCode } from '../contract/exit-codes.js'
import { packageVersion } from '../package-root.js'
import { slipway } from './app.js'
import { joinOverrides } from './overrides.js'
import { createApp } from './stricli.js'
import { helpText } from './text/help-text.js'

/** Runs slipway with the words of a command line, then ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // `slipway … | head` has read enough: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  // Progress that nobody reads any more, as of a closed terminal, must not break off a deploy.
  process.stderr.on('error', () => undefined)
  if (argv.length === 0 || (argv.length === 1 && ['--help', '-h', 'help'].includes(argv[0] ?? ''))) {
    process.stdout.write(`${helpText(slipway)}\n`)
    return
  }
  await run(createApp(slipway, packageVersion()), joinOverrides(argv), { process })
  // Stricli counts what it can't parse downwards from zero.
  if (Number(process.exitCode) < 0) process.exitCode = ExitCode.usage
  await Promise.all([process.stdout, process.stderr].map(written))
  // All is done and said: what may still be open, such as a look-up that nobody waits for, keeps nobody waiting.
  process.exit()
}

/** Resolves when all that was written has left this process, or can't any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}
