import { ENVIRONMENT, type RunProgram } from '../run.js'

/** sd_notify(3) takes no longer than handing over a datagram, and starting a program to do so. */
const NOTIFY_MS = 10_000

/**
 * Tells systemd that the agent is ready. By a program, as Node has no sockets of datagrams on a path; so the unit has
 * NotifyAccess=all. Does nothing where systemd does not wait to be told.
 */
export function notifyReady(run: RunProgram, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  return notify(run, env, '--ready')
}

/** Tells systemd that the agent still works. */
export function notifyWatchdog(run: RunProgram, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  return notify(run, env, 'WATCHDOG=1')
}

/**
 * How often systemd is to be told, in milliseconds: three times in `WatchdogSec=`, so that one late word ends nothing.
 * undefined where it watches nobody, or another process.
 */
export function watchdogInterval(
  env: NodeJS.ProcessEnv = process.env,
  pid: number = process.pid,
): number | undefined {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched = String(pid) } = env
  if (!microseconds || watched !== String(pid)) return undefined
  const interval = Math.floor(Number(microseconds) / 3000)
  if (!(interval > 0)) throw new Error(`WATCHDOG_USEC is '${microseconds}'`)
  return interval
}

async function notify(run: RunProgram, env: NodeJS.ProcessEnv, word: string): Promise<void> {
  const { NOTIFY_SOCKET } = env
  if (!NOTIFY_SOCKET) return
  const ended = await run(['systemd-notify', word], {
    timeoutMs: NOTIFY_MS,
    env: { ...ENVIRONMENT, NOTIFY_SOCKET },
  })
  if (ended.code !== 0) throw new Error(`systemd-notify ${word} failed: ${ended.stderr.trim()}`)
}
