import { createConnection, type Socket } from 'node:net'

/** A local socket answers in a millisecond; systemd may keep one waiting while it reads all units again. */
const CONNECT_MS = 10_000
/** An answer of the server is a short line. */
const MAX_LINE_BYTES = 4096

/** A connection to a socket of D-Bus, ready for messages; we are who the kernel says we are (SASL EXTERNAL). */
export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path })
    const timer = setTimeout(() => fail(`did not answer within ${CONNECT_MS / 1000} s`), CONNECT_MS)
    const settle = () => {
      clearTimeout(timer)
      socket.off('data', take).off('error', onError).off('close', onClose)
    }
    const fail = (problem: string) => {
      settle()
      // What it may still say is of no use.
      socket.on('error', () => undefined)
      socket.destroy()
      reject(new Error(`${path} ${problem}`))
    }
    const onError = (error: Error) => fail(`cannot be used: ${error.message}`)
    const onClose = () => fail('closed the connection before it was authenticated')
    let said = ''
    const take = (chunk: Buffer) => {
      said += chunk.toString('latin1')
      if (said.length > MAX_LINE_BYTES) return fail('does not speak D-Bus')
      if (!said.endsWith('\r\n')) return
      if (!said.startsWith('OK ')) return fail(`does not let us in: ${said.trim()}`)
      settle()
      resolve(socket)
    }
    socket.on('data', take).on('error', onError).on('close', onClose)
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
    // All at once, as systemd's own library does: systemd overlooks a first call that it reads together with BEGIN.
    socket.write(`\0AUTH EXTERNAL ${uid}\r\nBEGIN\r\n`)
  })
}
