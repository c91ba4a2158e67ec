import { setTimeout as sleep } from 'node:timers/promises'
import type { Health } from '../../contract/service.js'
import { ItemProblem, type ItemWork } from '../activation/item.js'
import type { Agent } from '../agent.js'
import type { UnitState } from '../systemd/systemd.js'
import { isHealthy } from './answer.js'
import { listensElsewhere } from './elsewhere.js'
import { type HealthAsker, type HealthProbe, healthAsker, healthText } from './health-probe.js'

/** While a program starts, it is asked this often, whatever the interval: most are up within a second. */
const STARTING_MS = 1000
const STARTING_INTERVAL_MS = 20

/** Unhealthy answers in a row that make a watched release a bad one: one may be a coincidence. */
const WATCH_FAILURES = 3
const WATCH_INTERVAL_MS = 500

/** Kinds of unit that say themselves when they are ready, see systemd.service(5). */
const NOTIFYING = ['notify', 'notify-reload']

/** Why a unit isn't running; undefined while it does. `restarts`: how often it had been started again before. */
export function unitProblem(state: UnitState, restarts: number): string | undefined {
  const { id, active, sub } = state
  const down =
    active === 'failed' || active === 'inactive' || sub === 'auto-restart' || sub === 'auto-restart-queued'
  if (!down) return state.restarts > restarts ? `${id} exited and was started again` : undefined
  switch (state.mainCode) {
    case 0:
      return `${id} did not start (${state.result})`
    case 2:
    case 3:
      return `${id} was killed by signal ${state.mainStatus}`
    default:
      return `${id} exited with status ${state.mainStatus}`
  }
}

/** How often each unit had been started again when one began to look. */
type Restarts = ReadonlyMap<string, number>

async function restartsOf(agent: Agent, units: readonly string[]): Promise<Restarts> {
  return new Map((await agent.systemd.units(units)).map(({ id, restarts }) => [id, restarts]))
}

async function firstProblem(
  agent: Agent,
  units: readonly string[],
  before: Restarts,
): Promise<string | undefined> {
  for (const state of await agent.systemd.units(units)) {
    const problem = unitProblem(state, before.get(state.id) ?? 0)
    if (problem !== undefined) return problem
  }
  return undefined
}

/**
 * Starts units. One that says itself when it is ready (`Type=notify`, `notify-reload`) has as long for that as for becoming healthy;
 * systemd would wait by a limit of its own, which is long enough for the starts of others.
 */
export async function startWithin(
  { agent, signal }: Pick<ItemWork, 'agent' | 'signal'>,
  how: 'start' | 'restart',
  units: readonly string[],
  ms: number,
): Promise<void> {
  const start = async (unit: string) => {
    if (!NOTIFYING.includes(String(await agent.systemd.property(unit, 'Service', 'Type')))) {
      await agent.systemd[how](unit, { signal })
      return
    }
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), ms)
    try {
      await agent.systemd[how](unit, { signal: AbortSignal.any([signal, late.signal]) })
    } catch (error) {
      if (!late.signal.aborted || signal.aborted) throw error
      const within = `within ${Math.floor(ms / 1000)} s`
      throw new ItemProblem(
        `${unit} did not say that it is ready ${within} (Type=notify: READY=1, sd_notify(3))`,
      )
    } finally {
      clearTimeout(timer)
    }
  }
  await Promise.all(units.map(start))
}

/** Waits until a service is good, by what it answers. Throws {@link ItemProblem} where it is not. */
export async function waitAnswering(
  work: ItemWork,
  unit: string,
  probe: HealthProbe,
  asker: HealthAsker = healthAsker(work.agent, probe),
): Promise<void> {
  try {
    await untilGood(work, unit, probe, asker)
  } finally {
    asker.end()
  }
}

async function untilGood(
  work: ItemWork,
  unit: string,
  probe: HealthProbe,
  asker: HealthAsker,
): Promise<void> {
  const { agent, signal } = work
  const { health } = probe
  const before = await restartsOf(agent, [unit])
  const began = performance.now()
  let good = 0
  let elsewhere: string | undefined
  for (;;) {
    throwIfAborted(signal)
    const answer = await asker.ask()
    good = isHealthy(answer, health.status) ? good + 1 : 0
    const enough = good >= health.successes
    // systemd is asked where the program says nothing good, and before what it says is believed.
    if (good === 0 || enough) {
      const problem = await firstProblem(agent, [unit], before)
      if (problem !== undefined) throw new ItemProblem(problem)
    }
    if (enough) return
    const took = performance.now() - began
    if (took >= STARTING_MS && 'problem' in answer && elsewhere === undefined) {
      elsewhere = await listensElsewhere(agent, unit, probe)
      if (elsewhere !== undefined) await work.tell('note', elsewhere)
    }
    if (took >= health.timeoutMs) {
      const seconds = Math.floor(health.timeoutMs / 1000)
      const seen = elsewhere ?? healthText(health, answer)
      throw new ItemProblem(`not healthy within ${seconds} s; ${seen}`)
    }
    await sleep(took < STARTING_MS ? Math.min(STARTING_INTERVAL_MS, health.intervalMs) : health.intervalMs)
  }
}

/** Waits until units that don't listen have stayed up for as long as their config wants. */
export async function waitUp(work: ItemWork, units: readonly string[], health: Health): Promise<void> {
  const { agent, signal } = work
  const before = await restartsOf(agent, units)
  const began = performance.now()
  for (;;) {
    throwIfAborted(signal)
    const problem = await firstProblem(agent, units, before)
    if (problem !== undefined) throw new ItemProblem(problem)
    const took = performance.now() - began
    if (took >= health.settleMs) return
    await sleep(Math.min(health.intervalMs, health.settleMs - took))
  }
}

/** Looks at a confirmed release for as long as its config says. Throws {@link ItemProblem} where it turns bad. */
export async function watchHealth(
  work: ItemWork,
  units: readonly string[],
  probe: HealthProbe | undefined,
  ms: number,
): Promise<void> {
  const before = await restartsOf(work.agent, units)
  const until = performance.now() + ms
  let failures = 0
  const asker = probe && healthAsker(work.agent, probe)
  try {
    while (performance.now() < until) {
      const problem = await firstProblem(work.agent, units, before)
      if (problem !== undefined) throw new ItemProblem(problem)
      if (probe && asker) {
        const answer = await asker.ask()
        failures = isHealthy(answer, probe.health.status) ? 0 : failures + 1
        if (failures >= WATCH_FAILURES) {
          const seen = healthText(probe.health, answer)
          throw new ItemProblem(`it turned unhealthy after it was confirmed; ${seen}`)
        }
      }
      await sleep(Math.min(WATCH_INTERVAL_MS, Math.max(0, until - performance.now())))
    }
  } finally {
    asker?.end()
  }
}

/** Ends what an activation is at, with the reason that it was asked to stop for. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new ItemProblem(String(signal.reason))
}
