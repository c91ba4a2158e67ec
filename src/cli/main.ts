import { run } from '@stricli/core'
import { ExitCode } from '../errors.js'
import { packageVersion } from '../package-root.js'
import { createApp } from './app.js'

/** Runs slipway with the words of a command line; ends with the process's exit code set. */
export async function main(argv: readonly string[]): Promise<void> {
  // `slipway … | head` has read enough: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  // Progress that nobody reads any more, as of a closed terminal, must not break off a deploy.
  process.stderr.on('error', () => undefined)
  await run(createApp(packageVersion()), joinOverrides(argv), { process })
  // Stricli counts what it can't parse downwards from zero.
  if (Number(process.exitCode) < 0) process.exitCode = ExitCode.usage
}

/** `--override-input NAME PATH`, as Nix has it, becomes one word that a flag can take. */
function joinOverrides(argv: readonly string[]): string[] {
  const words: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    const [name, path] = [argv[index + 1], argv[index + 2]]
    words.push(word)
    if (word === '--') return [...words, ...argv.slice(index + 1)]
    if (word !== '--override-input' || name === undefined || path === undefined || name.includes('='))
      continue
    words.push(`${name}=${path}`)
    index += 2
  }
  return words
}
