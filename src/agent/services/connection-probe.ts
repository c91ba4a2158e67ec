import { createConnection, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Answer, nothingWithin, problemText } from './answer.js'
import type { Where } from './probe.js'

/** Connects, and goes. */
export function askByTcp(where: Where, timeoutMs: number): Promise<Answer> {
  return firstOf(createConnection(addressOf(where)), 'connect', 'it takes connections', timeoutMs)
}

/** Agrees on TLS, and goes. Whether others would trust the certificate is not asked. */
export function askByTls(where: Where, name: string | undefined, timeoutMs: number): Promise<Answer> {
  const named = name !== undefined && isIP(name) === 0 ? { servername: name } : {}
  const socket = connectTls({ ...addressOf(where), ...named, rejectUnauthorized: false })
  return firstOf(socket, 'secureConnect', 'it speaks TLS', timeoutMs)
}

/** The words of node:net for where a service listens. */
export function addressOf(where: Where): { path: string } | { host: string; port: number } {
  return 'socketPath' in where ? { path: where.socketPath } : where
}

function firstOf(socket: Socket, good: string, well: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
      socket.destroy()
    }
    const timer = setTimeout(() => end({ code: 0, problem: nothingWithin(timeoutMs) }), timeoutMs)
    socket.on('error', (error) => end({ code: 0, problem: problemText(error) }))
    socket.on('close', () => end({ code: 0, problem: 'the connection was closed' }))
    socket.on(good, () => end({ code: 0, well }))
  })
}
