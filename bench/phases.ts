import { median } from './measure.js'
import { configName, type Distance, SLIPWAY, type Stage } from './stage.js'

/** A stretch of a deploy, in milliseconds since slipway was started. */
interface Stretch {
  phase: string
  start: number
  end: number
}

/** When a phase begins and how long it takes; medians. */
export interface PhaseTime {
  phase: string
  start: number
  took: number
}

/** What slipway tells of what it runs and asks, with SLIPWAY_DEBUG, when that has ended: `call web: report (12 ms)`. */
const TOLD = /^(ssh|nix|call)[^:]*: (.*) \((?:(\d+) ms|([\d.]+) s)\)$/

/** What is told, by what it begins with. */
const PHASES: [phase: string, pattern: RegExp][] = [
  ['evaluate', /^nix: nix eval /],
  ['build', /^nix: nix-store --realise /],
  ['closure', /^nix: nix path-info /],
  ['login', /^ssh: login$/],
  ['call: hello', /^call: hello$/],
  ['call: report', /^call: report$/],
  ['copy', /^nix: nix copy /],
  ['fresh login', /^ssh: fresh login$/],
  ['call: apply', /^call: apply$/],
  ['call: reach', /^call: reach$/],
  ['call: confirm', /^call: confirm$/],
]

/** What slipway prints as a host goes on, and the part of the activation that then begins. */
const EVENTS: [phase: string, pattern: RegExp][] = [
  ['  units, restart', /: starting release/],
  ['  health, routes', /: checking its health/],
  ['  end', /: release \d+ serves$/],
]

/** One deploy, seen from outside. */
export async function traceDeploy(stage: Stage, distance: Distance): Promise<Stretch[]> {
  const began = performance.now()
  const found: Stretch[] = []
  const events: { phase: string; at: number }[] = []
  const words = ['node', SLIPWAY, 'deploy', '--config', configName(distance)]
  await stage.follow(stage.app.folder, words, { SLIPWAY_DEBUG: '1' }, (line) => {
    const at = performance.now() - began
    const told = TOLD.exec(line)
    if (told) {
      const [, what = '', text = '', ms, seconds] = told
      const took = ms === undefined ? 1000 * Number(seconds) : Number(ms)
      const phase = PHASES.find(([, pattern]) => pattern.test(`${what}: ${text}`))?.[0]
      // Of a second call of the same kind nothing is shown.
      if (phase && !found.some((other) => other.phase === phase))
        found.push({ phase, start: at - took, end: at })
      return
    }
    const phase = EVENTS.find(([, pattern]) => pattern.test(line))?.[0]
    if (phase) events.push({ phase, at })
  })
  const end = performance.now() - began
  const first = Math.min(end, ...found.map(({ start }) => start))
  const last = Math.max(first, ...found.map((stretch) => stretch.end), ...events.map(({ at }) => at))
  return [
    { phase: 'start, config', start: 0, end: first },
    ...found,
    ...events.map(({ phase, at }, index) => ({ phase, start: at, end: events[index + 1]?.at ?? last })),
    { phase: 'result, exit', start: last, end },
    { phase: 'all', start: 0, end },
  ]
}

/** The medians of several traces, in the order in which phases begin. */
export function phaseTimes(traces: Stretch[][]): PhaseTime[] {
  const phases = [...new Set(traces.flat().map(({ phase }) => phase))]
  return phases
    .map((phase) => {
      const all = traces.flat().filter((stretch) => stretch.phase === phase)
      return {
        phase,
        start: median(all.map(({ start }) => start)),
        took: median(all.map(({ start, end }) => end - start)),
      }
    })
    .sort((a, b) => (a.phase === 'all' ? 1 : b.phase === 'all' ? -1 : a.start - b.start))
}
