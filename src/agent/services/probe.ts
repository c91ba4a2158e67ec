import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { addressesOf, type Endpoint } from '../../release/listen.js'
import { statusIsHealthy } from '../../release/route-probe.js'

/** What an answer is read of, in bytes: enough to show people; what a service sends without end ends here. */
const ANSWER_BYTES = 4096
/** How much of it people are shown. */
const SHOWN_CHARACTERS = 300

/** What a request saw: an answer, or why there was none. */
export type Answer = { code: number; body: string } | { code: 0; problem: string }

export interface Asked {
  endpoint: Endpoint
  path: string
  /** The `Host` header; absent: the endpoint's own. */
  host?: string | undefined
  timeoutMs: number
  /** The name that TLS is spoken for; absent: plain HTTP. */
  tlsName?: string
}

/**
 * Asks once; of several addresses, one after the other until a connection is not refused. Whether others would trust a
 * certificate is not asked.
 */
export async function ask(asked: Asked): Promise<Answer> {
  const { endpoint } = asked
  if ('unix' in endpoint) return askAt({ socketPath: endpoint.unix }, asked)
  const [first = '', ...others] = addressesOf(endpoint)
  let answer = await askAt({ host: first, port: endpoint.tcp }, asked)
  for (const address of others) {
    if (!('problem' in answer) || answer.problem !== REFUSED) break
    const other = await askAt({ host: address, port: endpoint.tcp }, asked)
    // Of an address that the host can't reach nothing is to be learnt.
    if (other.code !== 0) answer = other
  }
  return answer
}

/** What is said of a connection that nobody takes. */
const REFUSED = 'the connection was refused'

function askAt(
  where: { host: string; port: number } | { socketPath: string },
  { path, host, timeoutMs, tlsName }: Asked,
): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = host === undefined ? {} : { host }
    const options = { ...where, path, headers, agent: false as const }
    const sent =
      tlsName === undefined
        ? request(options)
        : secureRequest({ ...options, servername: tlsName, rejectUnauthorized: false })
    const timer = setTimeout(() => {
      sent.destroy(new Error(`nothing came within ${timeoutMs / 1000} s`))
    }, timeoutMs)
    const end = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
      sent.destroy()
    }
    sent.on('error', (error) => end({ code: 0, problem: problemText(error) }))
    sent.on('response', (response) => {
      const code = response.statusCode ?? 0
      let body = Buffer.alloc(0)
      const done = () => end({ code, body: body.subarray(0, ANSWER_BYTES).toString() })
      response.on('data', (chunk: Buffer) => {
        body = Buffer.concat([body, chunk])
        if (body.byteLength >= ANSWER_BYTES) done()
      })
      response.on('end', done)
      response.on('error', done)
    })
    sent.end()
  })
}

function problemText(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return REFUSED
    case 'ECONNRESET':
      return 'the connection was reset'
    case 'ENOENT':
      return 'there is no such socket'
    case 'ELOOP':
      return 'in place of its socket there is a link'
    case 'EACCES':
      return 'it may not be connected to'
    default:
      return error.message
  }
}

export function isHealthy(answer: Answer, allowed: readonly number[] | undefined): boolean {
  return answer.code !== 0 && statusIsHealthy(answer.code, allowed)
}

/** What a request saw, for people. */
export function answerText(path: string, answer: Answer): string {
  if ('problem' in answer) return `GET ${path}: no answer: ${answer.problem}`
  return `GET ${path} answered ${answer.code}: ${answer.body.replace(/\s+/g, ' ').slice(0, SHOWN_CHARACTERS)}`
}
