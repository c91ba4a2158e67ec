import { connect } from 'node:tls'

const SERVED_MS = 5_000
export const HTTPS_PORT = 443

/**
 * Whether nginx ends TLS for a domain on this host: where it could not take the port it went on with its old
 * configuration, and nobody may be led there.
 */
export function servesTls(domain: string, { host = '127.0.0.1', port = HTTPS_PORT } = {}): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername: domain, rejectUnauthorized: false, timeout: SERVED_MS })
    const end = (serves: boolean) => {
      socket.destroy()
      resolve(serves)
    }
    socket.on('secureConnect', () => end(true))
    socket.on('timeout', () => end(false))
    socket.on('error', () => end(false))
  })
}
