import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'

/** A web server of this machine; with a pair it speaks TLS. */
export async function web(listener: RequestListener, pair?: { certificate: string; key: string }) {
  const server = pair
    ? createSecureServer({ cert: pair.certificate, key: pair.key }, listener)
    : createServer(listener)
  const port = await listening(server)
  return {
    port,
    url: `${pair ? 'https' : 'http'}://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
