import { Agent, type RequestOptions, request } from 'node:https'

/** What is asked over and over, and how it is known. */
export interface TlsTarget {
  address: string
  domain: string
  /** The certificate that the server's must stem from. */
  ca: string
  /** How many ask at once over connections that they keep, and how many over a new one each time. */
  workers: { keeping: number; fresh: number }
}

/** GETs over TLS, until stopped; resolves to what came of them. */
export function startTlsLoad(target: TlsTarget): { stop(): Promise<{ answered: number; failed: string[] }> } {
  const failed: string[] = []
  let answered = 0
  let going = true
  const work = async (agent: Agent) => {
    while (going) {
      try {
        await get(target, agent)
        answered += 1
      } catch (error) {
        failed.push(String(error))
      }
    }
    agent.destroy()
  }
  const workers = [
    ...Array.from({ length: target.workers.keeping }, () =>
      work(new Agent({ keepAlive: true, maxSockets: 1 })),
    ),
    ...Array.from({ length: target.workers.fresh }, () => work(new Agent({ keepAlive: false }))),
  ]
  return {
    stop: async () => {
      going = false
      await Promise.all(workers)
      return { answered, failed }
    },
  }
}

/**
 * One GET. A kept connection may be closed by the server at the moment at which it is used again: as browsers do, the
 * request then goes out on another (RFC 9110, 9.2.2).
 */
function get(target: TlsTarget, agent: Agent, again = true): Promise<void> {
  const { address, domain, ca } = target
  const options: RequestOptions = {
    host: address,
    servername: domain,
    path: '/',
    headers: { Host: domain },
    ca,
    agent,
  }
  return new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      answer.on('error', reject)
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`)),
      )
      answer.resume()
    })
    asked.on('error', (error) => {
      if (again && asked.reusedSocket) get(target, agent, false).then(resolve, reject)
      else reject(error)
    })
    asked.end()
  })
}
