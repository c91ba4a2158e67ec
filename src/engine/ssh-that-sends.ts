import { constants, type PathLike } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runProgram } from '../run-program.js'
import { shellQuote } from '../shell-quote.js'

/** An environment in which `ssh` sends something ahead of its input. */
export interface Sending {
  env: { PATH: string }
  remove(): Promise<void>
}

/**
 * For programs that call ssh themselves, as Nix does: an `ssh` in front of the real one that sends a line before
 * anything else. The line comes out of a pipe, so it is in no file, no argument and no variable.
 */
export async function sshThatSends(line: string): Promise<Sending> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-ssh-'))
  const pipe: PathLike = join(folder, 'line')
  const path = process.env.PATH ?? ''
  const made = await runProgram('mkfifo', ['-m', '600', pipe])
  if (made.exitCode !== 0) throw new Error(`mkfifo ${pipe}: ${made.stderr}`)
  // Opened for both, so that this does not wait for a reader.
  const file = await open(pipe, constants.O_RDWR)
  await file.write(line)
  const script = `#!/bin/sh
PATH=${shellQuote(path)}
{ head -n 1 ${shellQuote(pipe)}; exec cat; } | ssh "$@"
`
  await writeFile(join(folder, 'ssh'), script, { mode: 0o700 })
  return {
    env: { PATH: `${folder}${delimiter}${path}` },
    remove: async () => {
      await file.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
