import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { HostConfig } from '../config/resolved.js'
import { ConnectExit } from '../contract/exit-codes.js'
import { packageVersion } from '../package-root.js'
import { type AgentClient, connectAgent, type OnCall } from './agent-client.js'
import { connectCommand } from './connect-command.js'
import {
  type ConnectionLost,
  connectionLost,
  type RemoteOptions,
  type RemoteResult,
  runOver,
} from './connection.js'
import { controlSocket } from './control-socket.js'
import { loginError, NeedsPassword } from './login-errors.js'
import { type Ask, becomeWith, unlock } from './password.js'
import { commonOptions, SESSION_OPTIONS, type SshTarget, sshTarget } from './ssh-target.js'

/** A login to a host, on which its agent is spoken with. */
export interface Login {
  host: string
  destination: string
  /** The words before a command that must run as root, where the login isn't root's. */
  become: string[]
  agent: AgentClient
  /** For `NIX_SSHOPTS`: makes `nix copy` use this login. */
  sshOptions(): string[]
  /** Runs a command line of the host's shell over it. Ends without throwing whatever the exit code. */
  run(command: string, options?: RemoteOptions): Promise<RemoteResult>
  close(): void
}

export interface LoginOptions {
  /** Ends the attempt. */
  signal?: AbortSignal | undefined
  /** Asks for a password. Absent: there is nobody to ask. */
  ask?: Ask | undefined
  onCall?: OnCall | undefined
}

/** How long an agent may take to answer a login that has come about: it may be starting. */
const HELLO_MS = 30_000

/**
 * Logs in, once for everything: the agent's stream is the login's own session, and further sessions share it.
 * @throws SlipwayError that says what is wrong with the connection, or with the agent.
 */
export function login(host: HostConfig, options: LoginOptions = {}): Promise<Login> {
  return withPassword(host, options, (target) => {
    const socket = controlSocket()
    const shared = ['-M', '-o', `ControlPath=${socket}`, '-o', 'ControlPersist=no']
    return openLogin(host, target, shared, options, {
      viaMaster: ['-o', 'ControlMaster=no', '-o', `ControlPath=${socket}`],
      clean: () => rmSync(socket, { force: true }),
    })
  })
}

/** A connection and a login of its own, whatever others there are: what it proves, the next login will find. */
export function freshLogin(host: HostConfig, options: LoginOptions = {}): Promise<Login> {
  const alone = ['-o', 'ControlMaster=no', '-o', 'ControlPath=none']
  return withPassword(host, options, (target) =>
    openLogin(host, target, alone, options, { viaMaster: alone, clean: () => undefined }),
  )
}

/** Tries again with a password where sudo wants one and there is somebody to ask. */
async function withPassword(
  host: HostConfig,
  { ask }: LoginOptions,
  open: (target: SshTarget) => Promise<Login>,
): Promise<Login> {
  const target = await sshTarget(host)
  try {
    return await open(target)
  } catch (error) {
    if (!(error instanceof NeedsPassword)) throw error
    const run = (command: string, input: string) =>
      runOver(target, ['-o', 'ControlPath=none'], command, { input })
    const via = { host: host.name, destination: target.destination, become: host.become, run }
    if (ask === undefined || !(await unlock(via, ask))) throw error.refusal
    return open(target)
  }
}

async function openLogin(
  host: HostConfig,
  target: SshTarget,
  options: readonly string[],
  { signal, onCall }: LoginOptions,
  shared: { viaMaster: string[]; clean(): void },
): Promise<Login> {
  const { become, first } = becomeWith(host)
  const common = commonOptions(process.stdin.isTTY === true)
  const argv = [
    ...target.options,
    ...common,
    ...options,
    ...[target.destination, '--', connectCommand(become)],
  ]
  const child = spawn('ssh', argv, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = endOf(child)
  const close = () => {
    child.stdin?.end()
    child.kill()
    shared.clean()
  }
  signal?.addEventListener('abort', close, { once: true })
  let ready = false
  try {
    if (first !== undefined) child.stdin.write(first)
    const agent = await within(
      HELLO_MS,
      connectAgent(
        {
          readable: child.stdout,
          writable: child.stdin,
          lost: async () => {
            const { code, stderr } = await ended
            return ready ? lost(host, target, stderr) : loginError(host, target.destination, code, stderr)
          },
        },
        packageVersion(),
        onCall,
      ),
      () => loginError(host, target.destination, ConnectExit.noAnswer, 'It did not answer in time.'),
    )
    ready = true
    return {
      host: host.name,
      destination: target.destination,
      become: host.become,
      agent,
      sshOptions: () => ['-o', 'BatchMode=yes', ...SESSION_OPTIONS, ...shared.viaMaster],
      run: async (command, given = {}) => {
        const result = await runOver(target, shared.viaMaster, command, given)
        if (child.exitCode !== null && result.exitCode === SSH_FAILED) throw lost(host, target, result.stderr)
        return result
      },
      close,
    }
  } catch (error) {
    close()
    if (signal?.aborted) throw signal.reason
    throw error
  } finally {
    signal?.removeEventListener('abort', close)
  }
}

/** What ssh itself exits with when the connection, not the command, failed. */
const SSH_FAILED = 255

function lost(host: HostConfig, target: SshTarget, stderr: string): ConnectionLost {
  return connectionLost(host.name, target.destination, stderr)
}

/** What is kept of what ssh, and the programs on the host, complain of. */
const STDERR_BYTES = 64 * 1024

function endOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = ''
  child.stderr?.setEncoding('utf8')
  child.stderr?.on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_BYTES)
  })
  child.stdin?.on('error', () => undefined)
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: SSH_FAILED, stderr: error.message }))
    child.on('close', (code) => resolve({ code, stderr }))
  })
}

async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
