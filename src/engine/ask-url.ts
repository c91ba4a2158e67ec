import type { IncomingMessage, RequestOptions } from 'node:http'
import { lookupUntil } from './find-addresses.js'

/**
 * Asks a URL, without following where it leads, and gives the status of the answer.
 * @throws Error what kept it from answering, or why it is no longer asked.
 */
export async function askUrl(url: string, signal: AbortSignal): Promise<number> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  const options: RequestOptions = {
    signal,
    lookup: lookupUntil(signal),
    // A connection of its own: what an old one leads to says nothing of new ones.
    agent: false,
    headers: { accept: '*/*', 'user-agent': 'slipway' },
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (answer: IncomingMessage) => {
      resolve(answer.statusCode ?? 0)
      answer.destroy()
    })
    asked.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    asked.end()
  })
}
