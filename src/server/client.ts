import { type IncomingMessage, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { SlipwayError, usageError } from '../errors.js'
import { createLineReader } from '../line-reader.js'
import type { ServerEvent } from './store/events.js'

/** Where a server is: its socket on this machine, or its URL and a token. */
export type Place = { socket: string } | { url: string; token: string }

/** A server that says nothing for so long does not answer; streams say that they are alive more often. */
const SILENCE_MS = 30_000

/** A server's API, as the command line speaks it. */
export interface Client {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: object): Promise<T>
  delete(path: string): Promise<void>
  /** Calls for each event after one, until the server ends or somebody stops it. */
  follow(after: number, onEvent: (event: ServerEvent) => void, signal: AbortSignal): Promise<void>
}

export function createClient(place: Place): Client {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await send(place, method, path, body)
    let text = ''
    for await (const piece of response.setEncoding('utf8')) text += piece
    const value = parsed(text)
    if ((response.statusCode ?? 0) < 400) return value as T
    throw new SlipwayError({
      what: 'the server refused it',
      why: typeof value?.problem === 'string' ? value.problem : `it answered ${response.statusCode}`,
    })
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    delete: (path) => call('DELETE', path),
    follow: async (after, onEvent, signal) => {
      const response = await send(place, 'GET', `/api/v1/events?after=${after}`, undefined, signal)
      if (response.statusCode !== 200)
        throw new SlipwayError({ what: `the server answered ${response.statusCode}` })
      const lines = createLineReader((line) => {
        if (!line.startsWith('data: ')) return
        const event = parsed(line.slice('data: '.length))
        if (event && 'seq' in event) onEvent(event as unknown as ServerEvent)
      })
      try {
        for await (const piece of response) lines.add(piece as Buffer)
      } catch (error) {
        if (!signal.aborted) throw unreachable(place, error as Error)
      }
    },
  }
}

function send(
  place: Place,
  method: string,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const content = body && JSON.stringify(body)
  const headers = {
    ...(content !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
    }),
    ...('token' in place && { authorization: `Bearer ${place.token}` }),
  }
  const options = { method, headers, timeout: SILENCE_MS, ...(signal && { signal }) }
  return new Promise((resolve, reject) => {
    const asked =
      'socket' in place
        ? request({ ...options, socketPath: place.socket, path }, resolve)
        : (place.url.startsWith('https:') ? secureRequest : request)(
            new URL(path, place.url),
            options,
            resolve,
          )
    asked.on('timeout', () => asked.destroy(new Error(`it said nothing for ${SILENCE_MS / 1000} s`)))
    asked.on('error', (error) => reject(unreachable(place, error)))
    asked.end(content)
  })
}

function unreachable(place: Place, error: Error): SlipwayError {
  if ('url' in place) return new SlipwayError({ what: `${place.url} can't be reached`, why: error.message })
  const none = 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
  return usageError({
    what: none ? 'no server runs here' : "the server can't be reached",
    why: none ? `nobody listens on ${place.socket}` : error.message,
    next: '`slipway server dev` runs one; --data names its folder, --url one elsewhere.',
  })
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}
