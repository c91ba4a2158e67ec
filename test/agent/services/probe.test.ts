import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Answer } from '../../../src/agent/services/answer.js'
import { type Asked, ask } from '../../../src/agent/services/probe.js'

/** The most that is read of an answer. */
const MOST = 4096

async function asked(answer: RequestListener, timeoutMs: number) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await ask({ endpoint: { tcp: port }, path: '/', timeoutMs })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('asking a service', () => {
  it('audit 12: reads 4 KiB of an answer without an end, and goes', async () => {
    const chunk = 'x'.repeat(64 * 1024)
    let sent = 0
    const answer = await asked((_request, response) => {
      const more = () => {
        sent += chunk.length
        if (!response.destroyed) response.write(chunk, () => setImmediate(more))
      }
      more()
    }, 5000)
    assert.equal(answer.code, 200)
    assert.equal('body' in answer && answer.body.length, MOST)
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`)
  })

  it('audit 12: an answer that comes a byte at a time ends with the time for it', async () => {
    const began = performance.now()
    const answer = await asked((_request, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    }, 300)
    assert.ok(performance.now() - began < 5000)
    assert.ok('problem' in answer || ('body' in answer && answer.body.length < MOST))
  })

  it('audit 12: so do headers without an end', async () => {
    const answer = await asked((request) => {
      request.socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => request.socket.write(`X-${Math.random()}: ${'y'.repeat(1000)}\r\n`), 1)
      request.socket.on('close', () => clearInterval(timer))
      request.socket.on('error', () => undefined)
    }, 2000)
    assert.equal(answer.code, 0)
  })
})

/** A server on a port of its own, asked once, and gone again. */
async function askedOf(server: Server, by: NonNullable<Asked['by']>, timeoutMs = 2000): Promise<Answer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await ask({ endpoint: { tcp: port }, path: '/', by, timeoutMs })
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

describe('asking by a connection', () => {
  it('takes one that is taken', async () =>
    assert.deepEqual(await askedOf(createTcpServer(), { protocol: 'tcp' }), {
      code: 0,
      well: 'it takes connections',
    }))

  it('takes one to a socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-probe-'))
    const server = createTcpServer().listen(join(folder, 'sock'))
    await once(server, 'listening')
    const at = (path: string) =>
      ask({ endpoint: { unix: join(folder, path) }, path: '/', by: { protocol: 'tcp' }, timeoutMs: 2000 })
    try {
      assert.deepEqual(await at('sock'), { code: 0, well: 'it takes connections' })
      assert.deepEqual(await at('none'), { code: 0, problem: 'there is no such socket' })
    } finally {
      server.close()
      await rm(folder, { recursive: true })
    }
  })

  it('says that one is refused', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    assert.deepEqual(
      await ask({ endpoint: { tcp: port }, path: '/', by: { protocol: 'tcp' }, timeoutMs: 2000 }),
      { code: 0, problem: 'the connection was refused' },
    )
  })

  it('takes nothing but TLS for TLS', async () => {
    const plain = createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const answer = await askedOf(plain, { protocol: 'tls' })
    assert.ok('problem' in answer, JSON.stringify(answer))
  })

  it('waits for no longer than it may for TLS that does not come about', async () => {
    const silent = await askedOf(createTcpServer(), { protocol: 'tls' }, 200)
    assert.deepEqual(silent, { code: 0, problem: 'nothing came within 0.2 s' })
  })
})

describe('asking by gRPC', () => {
  const grpc = (answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer) => void) => {
    const server = createHttp2Server()
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = []
      stream.on('error', () => undefined)
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => answer(stream, headers, Buffer.concat(chunks)))
    })
    return server
  }
  const says = (message: number[], trailers: Record<string, string> = { 'grpc-status': '0' }) =>
    grpc((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end(Buffer.of(0, 0, 0, 0, message.length, ...message))
    })
  const asks = (server: Server, service = '', timeoutMs?: number) =>
    askedOf(server, { protocol: 'grpc', service }, timeoutMs)

  it('asks for the health of the service that it is to ask for', async () => {
    let seen: unknown
    const server = grpc((stream, headers, body) => {
      seen = [
        headers[':method'],
        headers[':path'],
        headers['content-type'],
        headers.te,
        body.toString('latin1'),
      ]
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    await asks(server, 'forum.v1.Forum')
    const path = '/grpc.health.v1.Health/Check'
    assert.deepEqual(seen, [
      'POST',
      path,
      'application/grpc',
      'trailers',
      '\0\0\0\0\x10\x0a\x0eforum.v1.Forum',
    ])
  })

  it('takes SERVING for health', async () =>
    assert.deepEqual(await asks(says([8, 1])), { code: 0, well: 'SERVING' }))

  for (const [what, server, problem] of [
    ['NOT_SERVING', () => says([8, 2]), /^it is NOT_SERVING$/],
    ['a status that is left out', () => says([]), /^it is UNKNOWN$/],
    ['a status that is none', () => says([8, 99]), /no answer of grpc\.health\.v1/],
    ['another message', () => says([0x12, 1, 65]), /no answer of grpc\.health\.v1/],
    [
      'a server without health',
      () =>
        grpc((stream) =>
          stream.respond(
            { ':status': 200, 'grpc-status': '12', 'grpc-message': 'n%C3%B6%' },
            { endStream: true },
          ),
        ),
      /^it does not have grpc\.health\.v1: n%C3%B6%$/,
    ],
    [
      'a service that it does not know',
      () => says([8, 1], { 'grpc-status': '5' }),
      /^it knows no such service$/,
    ],
    ['a failure after its answer', () => says([8, 1], { 'grpc-status': '14' }), /^gRPC status 14$/],
    ['an answer without a status of gRPC', () => says([8, 1], {}), /^it is no answer of gRPC$/],
    [
      'another status of HTTP',
      () => grpc((stream) => stream.respond({ ':status': 503 }, { endStream: true })),
      /^HTTP status 503$/,
    ],
    [
      'an answer without end',
      () =>
        grpc((stream) => {
          stream.respond({ ':status': 200 })
          const more = () => {
            if (!stream.destroyed) stream.write(Buffer.alloc(4096), () => setImmediate(more))
          }
          more()
        }),
      /too long$/,
    ],
    ['HTTP/1', () => createTcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')), /./],
  ] as const) {
    it(`is told of ${what}`, async () => {
      const answer = await asks(server())
      assert.ok('problem' in answer, JSON.stringify(answer))
      assert.match(answer.problem, problem)
    })
  }

  it('waits for no longer than it may', async () =>
    assert.deepEqual(await asks(createTcpServer(), '', 200), {
      code: 0,
      problem: 'nothing came within 0.2 s',
    }))
})
