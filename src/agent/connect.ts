import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONNECT_MAGIC, ConnectExit } from '../contract/exit-codes.js'
import { AGENT_UNIT } from '../contract/paths.js'
import { placesAt } from './places.js'
import { runProgram } from './run.js'
import type { PeerInfo } from './server/session.js'

/** How long an agent that does not answer is waited for, in milliseconds: it may be starting. */
const START_MS = 15_000
const RETRY_MS = 50

/** Brings a login to the agent: says whose it is, then hands on what either says. Resolves to an exit code. */
export async function connectLogin(peer: PeerInfo): Promise<number> {
  const socket = await reachAgent()
  if (socket === undefined) {
    process.stderr.write(`${AGENT_UNIT} does not answer; systemctl status ${AGENT_UNIT} says why\n`)
    return ConnectExit.noAnswer
  }
  socket.write(`${JSON.stringify(peer)}\n`)
  process.stdout.write(CONNECT_MAGIC)
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
  return new Promise((resolve) => {
    socket.on('close', () => resolve(0))
    socket.on('error', () => resolve(0))
    process.stdout.on('error', () => socket.destroy())
  })
}

/** Has the agent write down what the gate refused. Without an agent nobody does. */
export async function tellRefused(peer: PeerInfo): Promise<void> {
  const socket = await reachAgent()
  if (socket === undefined) return
  socket.end(`${JSON.stringify(peer)}\n`)
  await new Promise<void>((resolve) => socket.on('close', () => resolve()).resume())
}

async function reachAgent(): Promise<Socket | undefined> {
  const { socket } = placesAt()
  const until = performance.now() + START_MS
  for (let asked = false; ; asked = true) {
    const reached = await tryConnect(socket)
    if (reached || performance.now() >= until) return reached
    // One that was stopped by hand starts again; one that starts is not disturbed.
    if (!asked) await runProgram(['systemctl', 'start', '--no-block', AGENT_UNIT])
    await sleep(RETRY_MS)
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}
