import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nameIn } from '../../contract/service.js'
import type { RouteProbe } from '../../release/route-probe.js'
import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { answerText, isHealthy } from './answer.js'
import { ask } from './probe.js'

/** How long nginx' workers may take to follow a reload, in milliseconds. */
const VERIFY_MS = 5000
const VERIFY_INTERVAL_MS = 50
/** How long one request through nginx may take, in milliseconds. */
const REQUEST_MS = 5000
/** What nginx itself answers where a service does not. */
const FROM_NGINX = [502, 503, 504]

/** Asks for each route through nginx on this host. Throws {@link ItemProblem} for the first that does not lead there. */
export async function verifyRoutes(
  agent: Agent,
  service: string,
  probes: readonly RouteProbe[],
  endsTls: (domain: string) => Promise<boolean>,
): Promise<void> {
  const until = performance.now() + VERIFY_MS
  await Promise.all(probes.map((probe) => verifyRoute(agent, service, probe, endsTls, until)))
}

async function verifyRoute(
  agent: Agent,
  service: string,
  { domain, path, any, status }: RouteProbe,
  endsTls: (domain: string) => Promise<boolean>,
  until: number,
): Promise<void> {
  for (;;) {
    const tls = await endsTls(domain)
    const host = nameIn(domain)
    const answer = await ask({
      endpoint: { tcp: tls ? 443 : 80 },
      path,
      host,
      timeoutMs: REQUEST_MS,
      // Whether others trust the certificate is not the release's to answer for.
      ...(tls && { tlsName: host }),
    })
    const closed = answer.code === 503 && (await exists(join(agent.places.maintenance, service)))
    const own = answer.code !== 0 && !FROM_NGINX.includes(answer.code)
    if (closed || (any ? own : isHealthy(answer, status))) return
    if (performance.now() >= until) {
      const url = `${tls ? 'https' : 'http'}://${host}${path}`
      throw new ItemProblem(`through nginx, ${url}: ${answerText(path, answer)}`)
    }
    await sleep(VERIFY_INTERVAL_MS)
  }
}
