import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { createConnection } from 'node:net'
import { type Answer, nothingWithin, problemText, shownText } from './answer.js'
import { addressOf } from './connection-probe.js'
import { healthRequest, healthStatus, SERVING } from './grpc-health.js'
import type { Where } from './probe.js'

/** What is read of a response, in bytes; the one that is expected has seven. */
const MOST_BYTES = 1024

/** Numbers of gRPC's status that have a reason of their own, see grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const REASONS: Readonly<Record<string, string>> = {
  5: 'it knows no such service',
  12: 'it does not have grpc.health.v1',
}

/** Asks a server for its health by gRPC over HTTP/2 without TLS. */
export async function askByGrpc(
  where: Where,
  service: string,
  host: string | undefined,
  timeoutMs: number,
): Promise<Answer> {
  // Few services are asked so: what none needs is not loaded.
  const { connect } = await import('node:http2')
  return new Promise((resolve) => {
    const session = connect(`http://${host ?? 'localhost'}`, {
      createConnection: () => createConnection(addressOf(where)),
      settings: { enablePush: false },
    })
    const end = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
      session.destroy()
    }
    const fail = (problem: string) => end({ code: 0, problem })
    const timer = setTimeout(() => fail(nothingWithin(timeoutMs)), timeoutMs)
    session.on('error', (error) => fail(problemText(error)))
    session.on('close', () => fail('the connection was closed'))
    readAnswer(check(session, service), end, fail)
  })
}

function check(session: ClientHttp2Session, service: string): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.end(healthRequest(service))
  return stream
}

function readAnswer(
  stream: ClientHttp2Stream,
  end: (answer: Answer) => void,
  fail: (problem: string) => void,
): void {
  let headers: IncomingHttpHeaders = {}
  let body = Buffer.alloc(0)
  stream.on('error', (error) => fail(problemText(error)))
  // Where there is no message, gRPC's status comes with the first headers.
  stream.on('response', (first) => {
    headers = { ...headers, ...first }
  })
  stream.on('trailers', (last) => {
    headers = { ...headers, ...last }
  })
  stream.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk])
    if (body.byteLength > MOST_BYTES) fail('it is no answer of grpc.health.v1: it is too long')
  })
  stream.on('end', () => {
    const problem = problemOf(headers)
    if (problem !== undefined) return fail(problem)
    const status = healthStatus(body)
    if (status === undefined) return fail('it is no answer of grpc.health.v1')
    return status === SERVING ? end({ code: 0, well: SERVING }) : fail(`it is ${status}`)
  })
}

function problemOf(headers: IncomingHttpHeaders): string | undefined {
  const status = Number(headers[':status'])
  if (status !== 200) return `HTTP status ${status}`
  const code = String(headers['grpc-status'] ?? '')
  if (code === '0') return undefined
  if (code === '') return 'it is no answer of gRPC'
  const message = shownText(decoded(String(headers['grpc-message'] ?? '')))
  return `${REASONS[code] ?? `gRPC status ${code}`}${message === '' ? '' : `: ${message}`}`
}

/** gRPC has what is no printable ASCII in percent signs. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}
