import { spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { createLineReader } from './line-reader.js'

export interface RunOptions {
  /** Default: this process's own. */
  cwd?: string
  /** Added to this process's own. */
  env?: Record<string, string>
  /** Ends it when aborted. */
  signal?: AbortSignal | undefined
  /** Called for each line it prints to standard error, as it comes. */
  onErrorLine?: ((line: string) => void) | undefined
}

/** How a program ended. */
export interface Ended {
  /** null where it could not be started: there is no such program. */
  exitCode: number | null
  stdout: string
  /** The end of it. */
  stderr: string
}

/** A longer answer is no answer; memory stays bounded. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
/** So much of what is printed to standard error is kept: a failure is told of at its end. */
const KEPT_ERROR_CHARS = 1024 * 1024

/** What ends programs that would outlive this one. */
const running = new Set<() => void>()
process.once('exit', () => {
  for (const kill of running) kill()
})

/** Runs a program without input, never through a shell, and waits for its end, whatever that is. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, signal, onErrorLine }: RunOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
      ...(signal && { signal }),
      ...(env && { env: { ...process.env, ...env } }),
    })
    const kill = () => child.kill()
    running.add(kill)
    const out: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
      if (bytes > MAX_OUTPUT_BYTES) child.kill()
      else out.push(chunk)
    })
    let stderr = ''
    const decoder = new StringDecoder('utf8')
    const lines = onErrorLine && createLineReader(onErrorLine)
    const keepError = (text: string) => {
      stderr = (stderr + text).slice(-KEPT_ERROR_CHARS)
    }
    child.stderr.on('data', (chunk: Buffer) => {
      keepError(decoder.write(chunk))
      lines?.add(chunk)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      running.delete(kill)
      resolve({ exitCode: error.code === 'ENOENT' ? null : 1, stdout: '', stderr: error.message })
    })
    child.on('close', (code) => {
      running.delete(kill)
      keepError(decoder.end())
      lines?.end()
      // Ended by a signal, it has no code.
      resolve({ exitCode: code ?? 1, stdout: Buffer.concat(out).toString(), stderr })
    })
  })
}
