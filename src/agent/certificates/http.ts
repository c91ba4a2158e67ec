import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'

/** What a request may cost, and where it goes. */
export interface AskOptions {
  /** All of it, redirects included. */
  timeoutMs: number
  /** Of the answer's body. */
  maxBytes: number
  /** Where its domain is taken to be, whatever DNS says. */
  address?: string
  /** How many redirects are followed. */
  redirects?: number
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Somebody answered, with more than was to be read. */
export class AnswerTooLong extends Error {
  override name = 'AnswerTooLong'
}

/**
 * A GET that trusts any certificate: what is asked is whether something answers, and what. Throws where nothing does.
 */
export async function ask(url: string, options: AskOptions): Promise<Answer> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    return await follow(new URL(url), new URL(url).hostname, options, options.redirects ?? 0, signal)
  } catch (error) {
    if (signal.aborted) throw new Error(`no answer within ${options.timeoutMs / 1000} s`)
    throw error
  }
}

async function follow(
  url: URL,
  domain: string,
  options: AskOptions,
  redirects: number,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await get(
    url,
    url.hostname === domain ? options.address : undefined,
    options.maxBytes,
    signal,
  )
  const { location } = answer.headers
  if (answer.status < 300 || answer.status >= 400 || location === undefined || redirects === 0) return answer
  return follow(new URL(location, url), domain, options, redirects - 1, signal)
}

function get(url: URL, address: string | undefined, maxBytes: number, signal: AbortSignal): Promise<Answer> {
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:') throw new Error(`${url.href} is not a web address`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const options = {
    host: address ?? host,
    port: url.port || (secure ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    headers: { Host: url.host, 'User-Agent': 'slipway' },
    // No connection is kept for later.
    agent: false as const,
    signal,
  }
  return new Promise((resolve, reject) => {
    const asked = secure
      ? requestHttps({ ...options, rejectUnauthorized: false, servername: isIP(host) === 0 ? host : '' })
      : requestHttp(options)
    asked.on('error', reject)
    asked.on('response', (response) => {
      bodyOf(response, maxBytes).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      )
    })
    asked.end()
  })
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    // Leaving the loop ends the connection.
    if (bytes > maxBytes) throw new AnswerTooLong(`it sent more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
