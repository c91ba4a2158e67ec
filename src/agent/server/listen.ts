import { chmod } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Audit } from '../access/audit.js'
import { type Serving, serveLogin } from './login.js'
import type { Parts } from './parts.js'
import { fromOf, peerSchema } from './session.js'
import { createSessions } from './sessions.js'
import type { State } from './state.js'

/** How long a connector may take to say whose login it brings, in milliseconds. */
const PEER_MS = 5000

/** Listens on a unix socket that root alone can reach; who has logged in, the connector says. */
export async function listen(state: State, parts: Parts, audit: Audit): Promise<Server> {
  const { agent } = state
  const { socket, run } = agent.places
  const serving: Serving = { state, parts, audit, sessions: createSessions() }
  const server = createServer((connection) => accept(serving, connection))
  await agent.files.makeFolder(run)
  // systemd has made it, but for a unit of an older version.
  await agent.files.makeFolder(dirname(socket), 0o700)
  // Whatever lies there: the folder is root's alone to write to.
  await agent.files.remove(socket)
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socket, resolve)
    })
  } finally {
    process.umask(mask)
  }
  await chmod(socket, 0o600)
  return server
}

/** The connector's first line decides what the rest may be. */
function accept(serving: Serving, connection: Socket): void {
  connection.on('error', () => undefined)
  const timer = setTimeout(() => connection.destroy(), PEER_MS)
  connection.on('close', () => clearTimeout(timer))
  connection.once('readable', () => {
    // One line of JSON, then the login's own bytes.
    const chunk = connection.read() as Buffer | null
    const end = chunk?.indexOf('\n') ?? -1
    clearTimeout(timer)
    const peer = peerSchema.safeParse(parseJson(chunk?.subarray(0, end).toString() ?? ''))
    if (chunk === null || end < 0 || !peer.success) {
      connection.destroy()
      return
    }
    const { key, refused } = peer.data
    if (refused !== undefined) {
      if (key !== null) serving.audit.refused(key, fromOf(peer.data), refused)
      connection.end()
      return
    }
    connection.unshift(chunk.subarray(end + 1))
    serveLogin(serving, connection, peer.data)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
