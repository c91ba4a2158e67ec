import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Gateway, HealthBy } from '../../contract/service.js'
import { addressesOf, type Endpoint } from '../../release/listen.js'
import { ANSWER_BYTES, type Answer, nothingWithin, problemText, REFUSED } from './answer.js'
import { askByTcp, askByTls } from './connection-probe.js'
import { askByGateway } from './gateway/ask.js'
import { askByGrpc } from './grpc-probe.js'

/** Where a service listens, in the words of node:http. */
export type Where = { host: string; port: number } | { socketPath: string }

export interface Asked {
  endpoint: Endpoint
  path: string
  /** How else than by an HTTP request; absent: by one. */
  by?: Extract<HealthBy, { protocol: string }> | undefined
  /** By which protocol that request goes, where not by HTTP itself; absent or null: by HTTP. */
  gateway?: Gateway | null | undefined
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
    if (!('problem' in other)) answer = other
  }
  return answer
}

function askAt(where: Where, asked: Asked): Promise<Answer> {
  const { by, gateway, host, timeoutMs } = asked
  switch (by?.protocol) {
    case undefined:
      return gateway ? askByGateway(where, gateway, asked) : askByHttp(where, asked)
    case 'tcp':
      return askByTcp(where, timeoutMs)
    case 'tls':
      return askByTls(where, host, timeoutMs)
    case 'grpc':
      return askByGrpc(where, by.service, host, timeoutMs)
  }
}

function askByHttp(where: Where, { path, host, timeoutMs, tlsName }: Asked): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = host === undefined ? {} : { host }
    const options = { ...where, path, headers, agent: false as const }
    const sent =
      tlsName === undefined
        ? request(options)
        : secureRequest({ ...options, servername: tlsName, rejectUnauthorized: false })
    const timer = setTimeout(() => {
      sent.destroy(new Error(nothingWithin(timeoutMs)))
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
