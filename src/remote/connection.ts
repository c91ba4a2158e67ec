import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { execa as Execa } from 'execa'
import type { HostConfig } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { createLineReader } from '../line-reader.js'
import { controlSocket } from './control-socket.js'
import { connectionError } from './ssh-errors.js'
import { commonOptions, SESSION_OPTIONS, type SshTarget, sshTarget } from './ssh-target.js'

/** How a remote command ended. */
export interface RemoteResult {
  exitCode: number
  stdout: string
  stderr: string
}

/** What a remote command is given. */
export interface RemoteOptions {
  /** Sent to its standard input. */
  input?: string | Uint8Array
  /** Called for each line it prints, as it comes. `reply` sends its last input, where that is held open. */
  onLine?: (line: string, reply: (text: string) => void) => void
  /** The same for what it prints to standard error. */
  onErrorLine?: (line: string) => void
  /** Keeps its standard input open after `input`, for commands that end with it or wait for a reply. */
  holdInput?: boolean
  /** Connects our own terminal: for interactive commands and followed logs. */
  inherit?: 'terminal' | 'output'
}

/** One login to a host, over which any number of commands run. */
export interface Connection {
  host: string
  destination: string
  /** The words before a command that must run as root, where the login isn't root's. */
  become: string[]
  /** Runs a command line of the host's shell. Ends without throwing whatever the exit code. */
  run(command: string, options?: RemoteOptions): Promise<RemoteResult>
  /** For `NIX_SSHOPTS`: makes `nix copy` use this login. */
  sshOptions(): string[]
  close(): void
}

/** Thrown when a login that had come about is cut off. What it was doing on the host may go on. */
export class ConnectionLost extends SlipwayError {}

/** What ssh itself exits with when the connection, not the command, failed. */
export const SSH_FAILED = 255

/**
 * Logs in to a host.
 * @throws SlipwayError that says what is wrong with the connection.
 */
export async function connect(host: HostConfig): Promise<Connection> {
  const target = await sshTarget(host)
  // Few runs need it, and it takes long to load.
  const { execa } = await import('execa')
  const socket = controlSocket()
  const master = startMaster(execa, target, socket)
  const watcher = watch(execa, master, socket)
  const close = () => {
    watcher.kill()
    master.kill()
    rmSync(socket, { force: true })
  }
  try {
    await loggedIn(master)
  } catch (error) {
    close()
    throw connectionError(
      host.name,
      target.destination,
      error instanceof Error ? error.message : String(error),
    )
  }
  const viaMaster = ['-o', 'ControlMaster=no', '-o', `ControlPath=${socket}`]
  return {
    host: host.name,
    destination: target.destination,
    become: host.become,
    // Nix takes the words apart at spaces, which options may hold; over this login none but these matters any more.
    sshOptions: () => ['-o', 'BatchMode=yes', ...SESSION_OPTIONS, ...viaMaster],
    close,
    run: async (command, options = {}) => {
      const result = await runOver(target, viaMaster, command, options)
      if (result.exitCode === SSH_FAILED && !(await alive(socket, target))) {
        throw connectionLost(host.name, target.destination, result.stderr)
      }
      return result
    },
  }
}

type Master = ReturnType<typeof startMaster>

function startMaster(execa: typeof Execa, { destination, options }: SshTarget, socket: string) {
  // ssh runs the local command once it is logged in: the only sign that costs no further round trip.
  const ready = ['-o', 'PermitLocalCommand=yes', '-o', 'LocalCommand=echo ready']
  const master = ['-M', '-N', '-o', `ControlPath=${socket}`, '-o', 'ControlPersist=no']
  const common = commonOptions(process.stdin.isTTY === true)
  return execa('ssh', [...options, ...common, ...master, ...ready, destination], {
    stdin: 'ignore',
    reject: false,
  })
}

/** Ends a login that can't be closed since slipway was killed: nobody holds the watcher's standard input any more. */
function watch(execa: typeof Execa, master: Master, socket: string) {
  const script = 'read -r _ || { kill "$1"; rm -f "$2"; }'
  return execa('sh', ['-c', script, 'sh', String(master.pid), socket], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
  })
}

async function loggedIn(master: Master): Promise<void> {
  const ready = once(master.stdout, 'data')
  const ended = master.then((result) => {
    throw new Error(String(result.stderr || result.shortMessage || ''))
  })
  await Promise.race([ready, ended])
  ended.catch(() => {})
}

/** The error for a login that was cut off. */
export function connectionLost(host: string, destination: string, stderr: string): ConnectionLost {
  return new ConnectionLost(connectionError(host, destination, stderr || 'The connection was lost.').parts)
}

/** Runs a command line of the host's shell with ssh; `shared` are options that make it use a login there is. */
export async function runOver(
  target: SshTarget,
  shared: readonly string[],
  command: string,
  options: RemoteOptions,
): Promise<RemoteResult> {
  const terminal = options.inherit === 'terminal' ? ['-tt'] : []
  const argv = [...target.options, ...shared, ...terminal, target.destination, '--', command]
  const output = options.inherit ? ('inherit' as const) : ('pipe' as const)
  const { execa } = await import('execa')
  const child = execa('ssh', argv, {
    stdin: stdinOf(options),
    stdout: output,
    stderr: output,
    ...(options.input === undefined || options.holdInput ? {} : { input: options.input }),
    reject: false,
    buffer: true,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  const { stdin } = child
  if (options.holdInput && stdin) {
    // A command that ended, or was cut off, takes no more input; its exit code tells.
    stdin.on('error', () => undefined)
    if (options.input !== undefined) stdin.write(options.input)
  }
  const { onLine } = options
  if (onLine && child.stdout) eachLine(child.stdout, (line) => onLine(line, (text) => stdin?.end(text)))
  if (options.onErrorLine && child.stderr) eachLine(child.stderr, options.onErrorLine)
  const result = await child
  return {
    exitCode: result.exitCode ?? SSH_FAILED,
    stdout: typeof result.stdout === 'string' ? result.stdout : '',
    stderr: typeof result.stderr === 'string' ? result.stderr : '',
  }
}

function stdinOf(options: RemoteOptions) {
  if (options.inherit) return 'inherit' as const
  return options.input === undefined && !options.holdInput ? ('ignore' as const) : ('pipe' as const)
}

/** A remote command that prints more than this is broken; memory stays bounded. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Calls back for each whole line of a stream. */
export function eachLine(stream: NodeJS.ReadableStream, callback: (line: string) => void): void {
  const reader = createLineReader(callback)
  stream.on('data', reader.add)
  stream.on('end', reader.end)
}

async function alive(socket: string, target: SshTarget): Promise<boolean> {
  const { execa } = await import('execa')
  const check = await execa('ssh', ['-o', `ControlPath=${socket}`, '-O', 'check', target.destination], {
    reject: false,
  })
  return check.exitCode === 0
}
