import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What a program is run with; never through a shell. */
export interface RunOptions {
  /** Milliseconds after which it is killed. Default: {@link RUN_MS}. */
  timeoutMs?: number
  /** Sent to its standard input; else that is empty. One that breaks off ends it. */
  input?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Its whole environment. Default: {@link ENVIRONMENT}. */
  env?: Record<string, string>
  cwd?: string
  /** Ends it. */
  signal?: AbortSignal
  /** Called with what it prints, on both streams, as it comes. */
  onOutput?: (chunk: Buffer) => void
  /** Both streams are added to this file instead, without a limit: what it leaves running can't keep it from ending. */
  outputFile?: string
}

/** How a program ended. */
export interface Ended {
  /** null where a signal ended it, or it could not be started. */
  code: number | null
  stdout: string
  stderr: string
  /** Whether it was killed because its time was over. */
  timedOut: boolean
}

export type RunProgram = (argv: readonly string[], options?: RunOptions) => Promise<Ended>

/** Longer than any question to a tool takes; what may take longer says so. */
const RUN_MS = 60_000
/** How long a program that was told to end may take to do so. */
const KILL_MS = 5_000
/** What a program may print before it is taken for a broken one. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024

/** Where programs are: also those of root, of Nix' installer and of NixOS. */
export const PATH =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin'

/** What programs get by default. */
export const ENVIRONMENT: Record<string, string> = { PATH, LC_ALL: 'C', HOME: '/root' }

/** Runs a program; ends without throwing however it ends, unless its output's file can't be opened. A program that isn't there has code 127. */
export const runProgram: RunProgram = (argv, options = {}) =>
  new Promise((resolve) => {
    const [program = '', ...args] = argv
    const { timeoutMs = RUN_MS, input, env = ENVIRONMENT, cwd, signal, onOutput, outputFile } = options
    const file = outputFile === undefined ? undefined : openSync(outputFile, 'a')
    const child = spawn(program, args, {
      env,
      ...(cwd !== undefined && { cwd }),
      // In a group of its own, so that what it started ends with it.
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', file ?? 'pipe', file ?? 'pipe'],
    })
    if (file !== undefined) closeSync(file)
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    let timedOut = false
    let told = false
    const kill = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name)
      } catch {
        // It has ended.
      }
    }
    let last: NodeJS.Timeout | undefined
    const end = () => {
      told = true
      kill('SIGTERM')
      last = setTimeout(() => kill('SIGKILL'), KILL_MS)
    }
    const timer = setTimeout(() => {
      timedOut = true
      end()
    }, timeoutMs)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted) end()
    const take = (list: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.byteLength
      if (bytes > MAX_OUTPUT_BYTES) {
        end()
        return
      }
      list.push(chunk)
      onOutput?.(chunk)
    }
    child.stdout?.on('data', take(out))
    child.stderr?.on('data', take(err))
    child.stdin?.on('error', () => undefined)
    if (typeof input === 'object' && Symbol.asyncIterator in input) {
      if (child.stdin) pipeline(Readable.from(input), child.stdin).catch(end)
    } else child.stdin?.end(input)
    const done = (code: number | null, problem?: string) => {
      clearTimeout(timer)
      clearTimeout(last)
      // What it started may have outlived it.
      if (told) kill('SIGKILL')
      signal?.removeEventListener('abort', end)
      resolve({
        code,
        stdout: Buffer.concat(out).toString(),
        stderr: problem ?? Buffer.concat(err).toString(),
        timedOut,
      })
    }
    child.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ENOENT' ? 127 : 126, error.message),
    )
    child.on('close', (code) => done(code))
  })
