import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Load, type PhaseReport, startLoad } from '../test/load/index.js'
import type { Cleanup } from './cleanup.js'
import { timed } from './measure.js'
import type { Stage } from './stage.js'

/** Bounded, so that the machine has time for the deploys: new connections and kept ones. */
const KINDS = { keepAlive: { workers: 50, rate: 1000 }, fresh: { workers: 5, rate: 50 } }
export const LOAD_TEXT = `${KINDS.keepAlive.rate} POSTs a second over ${KINDS.keepAlive.workers} kept connections, and ${KINDS.fresh.rate} GETs, each over a new one`

/** How long nothing happens at first, in ms. */
const STEADY_MS = 4_000
/** Latencies are those of so many ms from the start of a deploy on, so that quick and slow ones compare. */
const DEPLOY_MS = 4_000
/** The first requests of a connection are slower, in ms. */
const WARM_UP_MS = 1_000

/** Something that makes another release answer. */
export interface Switch {
  title: string
  domain: string
  /** Returns the release that then answers. */
  run(): Promise<string>
}

/** What clients saw. */
export interface Seen {
  title: string
  /** How long each command took, in ms. */
  took: number[]
  steady: PhaseReport
  deploys: PhaseReport
  /** The share of the time in which the load generator was at work. */
  busy: number
}

/** Switches several times, under load. */
export async function measureSwitches(
  { host }: Stage,
  { title, domain, run }: Switch,
  switches: number,
  { later, signal }: Cleanup,
): Promise<Seen> {
  const load: Load = await startLoad({ address: host.address, domain, kinds: KINDS })
  later(async () => {
    await load.stop().catch(() => undefined)
  })
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal })
  await pause(WARM_UP_MS)
  await load.mark('steady')
  await pause(STEADY_MS)
  await load.mark('deploys')
  const releases: string[] = []
  const took: number[] = []
  for (let count = 0; count < switches; count += 1) {
    const next = pause(DEPLOY_MS)
    next.catch(() => undefined)
    took.push(
      await timed(async () => {
        releases.push(await run())
      }),
    )
    await next
  }
  await load.mark('after')
  const { phases, busy } = await load.stop()
  const phase = (label: string) => {
    const found = phases.find((one) => one.label === label)
    assert.ok(found, `there is a phase '${label}'`)
    return found
  }
  const deploys = phase('deploys')
  for (const release of releases) assert.ok(deploys.all.byRelease[release], `${title}: ${release} answered`)
  return { title, took, steady: phase('steady'), deploys, busy }
}
