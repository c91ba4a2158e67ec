import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceConfig } from '../config/resolved.js'
import type { HostPlan } from '../plan/plan.js'
import { type RouteProbe, routeProbes, statusIsHealthy } from '../release/route-probe.js'
import { askUrl } from './ask-url.js'

/** The pause before a URL that failed is asked again, and how often it is. */
const RETRY_MS = 300
const TRIES = 3

/** Asks the public URLs of services, before a deploy and after. */
export interface UrlCheck {
  /** What is wrong with a URL that answered well before, or nothing. */
  problem(): Promise<string | undefined>
  /** Stops asking. What has not answered by then says nothing. */
  abandon(): void
}

/** The services whose URLs a plan may change something about: those it changes, or all where it changes a system. */
export function touchedServices({
  services,
  systems,
}: Pick<HostPlan, 'services' | 'systems'>): ServiceConfig[] {
  const all = systems.some(({ status }) => status !== 'unchanged')
  return services.flatMap(({ status, config }) => (all || status !== 'unchanged' ? [config] : []))
}

/**
 * Begins to ask. Only a URL that answers well before a deploy says anything after it: others may be out of
 * this machine's reach, or not point to the host yet.
 */
export function watchUrls(services: readonly ServiceConfig[], timeoutMs: number): UrlCheck {
  const abandoned = new AbortController()
  const askIt = (probe: RouteProbe) => ask(probe, timeoutMs, abandoned.signal)
  const before = services.flatMap(routeProbes).map((probe) => {
    const watched = { probe, good: false }
    void askIt(probe).then((problem) => {
      watched.good = problem === undefined
    })
    return watched
  })
  return {
    problem: async () => {
      const wereGood = before.filter(({ good }) => good).map(({ probe }) => probe)
      const problems = await Promise.all(wereGood.map((probe) => askAgain(() => askIt(probe))))
      return abandoned.signal.aborted ? undefined : problems.find((problem) => problem !== undefined)
    },
    abandon: () => abandoned.abort(),
  }
}

async function askAgain(askIt: () => Promise<string | undefined>): Promise<string | undefined> {
  let problem = await askIt()
  for (let tried = 1; tried < TRIES && problem !== undefined; tried += 1) {
    await sleep(RETRY_MS)
    problem = await askIt()
  }
  return problem
}

async function ask(
  { url, status, any }: RouteProbe,
  timeoutMs: number,
  abandoned: AbortSignal,
): Promise<string | undefined> {
  try {
    const answered = await askUrl(url, AbortSignal.any([abandoned, AbortSignal.timeout(timeoutMs)]))
    const good = any ? !isGatewayError(answered) : statusIsHealthy(answered, status)
    return good ? undefined : `${url} answers ${answered}`
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return `${url} does not answer (${typeof code === 'string' ? code : message})`
  }
}

function isGatewayError(status: number): boolean {
  return status >= 502 && status <= 504
}
