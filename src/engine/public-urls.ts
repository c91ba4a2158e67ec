import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceConfig } from '../config/resolved.js'
import { type RouteProbe, routeProbes, statusIsHealthy } from '../release/route-probe.js'

/** The pause before a URL that failed is asked again, and how often it is. */
const RETRY_MS = 300
const TRIES = 3

/** Asks the public URLs of services, before a deploy and after. */
export interface UrlCheck {
  /** What is wrong with a URL that answered well before, or nothing. */
  problem(): Promise<string | undefined>
}

/**
 * Begins to ask. Only a URL that answers well before a deploy says anything after it: others may be out of
 * this machine's reach, or not point to the host yet.
 */
export function watchUrls(services: readonly ServiceConfig[], timeoutMs: number): UrlCheck {
  const before = services.flatMap(routeProbes).map((probe) => {
    const watched = { probe, good: false }
    void ask(probe, timeoutMs).then((problem) => {
      watched.good = problem === undefined
    })
    return watched
  })
  return {
    problem: async () => {
      const wereGood = before.filter(({ good }) => good).map(({ probe }) => probe)
      const problems = await Promise.all(wereGood.map((probe) => askAgain(probe, timeoutMs)))
      return problems.find((problem) => problem !== undefined)
    },
  }
}

async function askAgain(probe: RouteProbe, timeoutMs: number): Promise<string | undefined> {
  let problem = await ask(probe, timeoutMs)
  for (let tried = 1; tried < TRIES && problem !== undefined; tried += 1) {
    await sleep(RETRY_MS)
    problem = await ask(probe, timeoutMs)
  }
  return problem
}

async function ask({ url, status, any }: RouteProbe, timeoutMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    await answer.body?.cancel()
    const good = any ? !isGatewayError(answer.status) : statusIsHealthy(answer.status, status)
    return good ? undefined : `${url} answers ${answer.status}`
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    return `${url} does not answer (${cause?.code ?? (error as Error).message})`
  }
}

function isGatewayError(status: number): boolean {
  return status >= 502 && status <= 504
}
