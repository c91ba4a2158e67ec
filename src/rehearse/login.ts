import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { bootError } from './boot.js'
import { isRunning, type ProcessId } from './process.js'
import type { HostRecord } from './record.js'
import { targetOf } from './ssh.js'

/** Boots take 2 s; ten hosts booting at once on a small machine take longer. */
const BOOT_LIMIT_MS = 90_000
/** Before a host has its address nobody answers at all; asking again is quicker than TCP's own retry. */
const CONNECT_LIMIT_MS = 200
const RETRY_MS = 30
const SSH_PORT = 22
/** Whatever ~/.ssh/config says for people at a terminal. */
const COMMAND_OPTIONS = [
  'BatchMode=yes',
  'ControlPath=none',
  'RemoteCommand=none',
  'RequestTTY=no',
  'ClearAllForwardings=yes',
].flatMap((setting) => ['-o', setting])

/** Waits until root can log in and systemd has started everything. */
export async function waitForLogin(record: HostRecord, id: ProcessId): Promise<void> {
  const deadline = Date.now() + BOOT_LIMIT_MS
  let last = 'sshd did not answer'
  while (Date.now() < deadline) {
    if (!(await isRunning(id))) throw await bootError(record, 'systemd-nspawn has ended')
    if (await answers(record.address, SSH_PORT)) {
      const state = await systemState(record, deadline)
      // "degraded": up, but some unit failed; that is for the user of the host to judge.
      if (state.answer === 'running' || state.answer === 'degraded') return
      last = state.answer || state.error
    }
    await sleep(RETRY_MS)
  }
  throw await bootError(record, `After ${BOOT_LIMIT_MS / 1000} s: ${last}`)
}

async function systemState(record: HostRecord, deadline: number): Promise<{ answer: string; error: string }> {
  const { destination, options } = targetOf(record)
  const result = await execa(
    'ssh',
    [...options, ...COMMAND_OPTIONS, destination, 'systemctl is-system-running --wait'],
    { reject: false, stdin: 'ignore', timeout: Math.max(1, deadline - Date.now()) },
  )
  return { answer: result.stdout.trim(), error: result.stderr || (result.shortMessage ?? '') }
}

async function answers(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_LIMIT_MS })
    const settle = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}
