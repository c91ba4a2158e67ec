import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type ServerSocket, serveSocket } from './server-socket.js'

/** A request, given to whoever wants to answer it wrongly. */
export interface Call {
  /** Which request for its resource it is, from 1 on. */
  nth: number
  number: string
  request: IncomingMessage
  response: ServerResponse
  /** The TCP connection. */
  socket: Socket
}

/** What goes wrong. Each may return true: then it has answered, and the server does not. */
export interface Wrongs {
  echo?(call: Call): boolean
  slow?(call: Call): boolean
  upload?(call: Call): boolean
  events?(call: Call): boolean
  ws?(call: Call): boolean
  /** Called before each event but the first; `id` counts on each stream. */
  event?(call: Call & { id: number; send(id: number, event: string): void }): boolean
  /** Called for each message of a WebSocket; `nth` counts those of all. */
  message?(message: { nth: number; text: string; socket: ServerSocket }): boolean
}

/** A service such as the load generator expects, as far as it is not told to do wrong. */
export interface TestServer {
  port: number
  /** The release it says it is. */
  release: string
  /** The numbers of all requests, by path; of messages as `message`. */
  seen: Record<string, number[]>
  close(): Promise<void>
}

const EVENT_PAUSE_MS = 5

export async function startServer(wrongs: Wrongs = {}): Promise<TestServer> {
  const seen: Record<string, number[]> = {}
  const see = (what: string, number: string) => {
    seen[what] ??= []
    return seen[what].push(Number(number))
  }
  const server = createServer()
  const calls = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://test')
    const path = url.pathname.slice(1)
    const resource = path.slice(path.lastIndexOf('/') + 1)
    const number = String(request.headers['x-request-number'])
    const call: Call = { nth: see(path, number), number, request, response, socket: request.socket }
    response.setHeader('X-Release', self.release)
    response.setHeader('X-Request-Number', number)
    const wrong = wrongs[resource as 'echo' | 'slow' | 'upload' | 'events']
    if (!wrong?.(call)) void good(resource, url, call, self.release, wrongs)
  }
  server.on('request', calls)
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const number = String(request.headers['x-request-number'])
    const call: Call = { nth: see('ws', number), number, request, response: null as never, socket }
    socket.on('error', () => {})
    if (wrongs.ws?.(call)) return
    serveSocket(request, socket, { release: self.release, number }, (text, served) => {
      const nth = see('message', /^number=(\d+)/.exec(text)?.[1] ?? '')
      if (!wrongs.message?.({ nth, text, socket: served })) served.send(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: TestServer = {
    port: (server.address() as AddressInfo).port,
    release: 'one',
    seen,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}

async function good(resource: string, url: URL, call: Call, release: string, wrongs: Wrongs): Promise<void> {
  const { request, response, number } = call
  if (resource === 'echo' && request.method === 'GET')
    response.end(`number=${url.searchParams.get('number')}\n`)
  else if (resource === 'echo') {
    const body = await bodyOf(request)
    response.setHeader('Content-Length', body.length)
    response.end(body)
  } else if (resource === 'upload') {
    const body = await bodyOf(request)
    response.end(uploadAnswer(number, body))
  } else if (resource === 'slow') {
    if (url.searchParams.get('headers') === 'first') response.write(`number=${number}\n`)
    await pause(Number.parseInt(url.searchParams.get('for') ?? '', 10))
    if (url.searchParams.get('headers') === 'last') response.write(`number=${number}\n`)
    response.end(Array.from({ length: 10 }, (_, part) => `part ${part + 1} of 10\n`).join(''))
  } else if (resource === 'events') await sendEvents(call, release, wrongs)
  else response.writeHead(404).end()
}

export function uploadAnswer(number: string, body: Buffer): string {
  return `number=${number}\nbytes=${body.length}\nsha256=${createHash('sha256').update(body).digest('hex')}\n`
}

async function sendEvents(call: Call, release: string, wrongs: Wrongs): Promise<void> {
  const { response, number } = call
  const send = (id: number, event: string) => {
    const more = event === 'hello' ? ` release=${release}` : ''
    response.write(`id: ${id}\nevent: ${event}\ndata: number=${number}${more}\n\n`)
  }
  send(0, 'hello')
  for (let id = 1; !response.destroyed; id += 1) {
    await pause(EVENT_PAUSE_MS)
    if (wrongs.event?.({ ...call, id, send })) return
    send(id, 'tick')
  }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  // A body that is cut is of no interest here: the load has to notice.
  await new Promise((resolve) =>
    request
      .on('data', (part) => parts.push(part))
      .on('end', resolve)
      .on('error', resolve),
  )
  return Buffer.concat(parts)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
