import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { median } from './measure.js'
import { configName, type Distance, SLIPWAY, type Stage, TRACE } from './stage.js'

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

type TraceEntry =
  | { kind: 'program'; argv: string[]; start: number; end: number }
  | { kind: 'slipway'; start: number; loaded: number; end: number }

/** Programs that slipway runs, by their command lines. */
const PROGRAMS: [phase: string, pattern: RegExp][] = [
  ['connect', /^ssh .* -M /],
  ['host: report', /^ssh .* report /],
  ['evaluate', /^nix eval /],
  ['build', /^nix-store --realise /],
  ['closure', /^nix path-info /],
  ['copy', /^nix copy /],
  ['host: apply', /^ssh .* apply /],
  ['host: confirm', /^ssh .* confirm /],
]

/** What slipway prints as a host goes on, and the part of `apply` that then begins. */
const EVENTS: [phase: string, pattern: RegExp][] = [
  ['  units, restart', /: starting release/],
  ['  health, routes', /: checking its health/],
  ['  end', /: release \d+ serves$/],
]

/** One deploy, traced from outside; `file` is for the trace. */
export async function traceDeploy(stage: Stage, distance: Distance, file: string): Promise<Stretch[]> {
  const events: { phase: string; at: number }[] = []
  const env = { NODE_OPTIONS: `--import=${TRACE}`, BENCH_TRACE: file }
  const words = ['node', SLIPWAY, 'deploy', '--config', configName(distance)]
  await stage.follow(stage.app.folder, words, env, (line) => {
    const phase = EVENTS.find(([, pattern]) => pattern.test(line))?.[0]
    if (phase) events.push({ phase, at: performance.timeOrigin + performance.now() })
  })
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  await rm(file)
  return stretches(
    lines.map((line) => JSON.parse(line) as TraceEntry),
    events,
  )
}

function stretches(trace: TraceEntry[], events: { phase: string; at: number }[]): Stretch[] {
  const whole = trace.find((entry) => entry.kind === 'slipway')
  if (!whole) throw new Error('the trace has no end')
  const programs = trace.filter((entry) => entry.kind === 'program')
  const found = programs.flatMap(({ argv, start, end }) => {
    const phase = PROGRAMS.find(([, pattern]) => pattern.test(argv.join(' ')))?.[0]
    return phase ? [{ phase, start, end: end || whole.end }] : []
  })
  const named = (phase: string) => found.find((stretch) => stretch.phase === phase)
  // The connection stays; it is there when the first command starts over it.
  const connect = named('connect')
  const first = named('host: report')
  if (connect && first) connect.end = first.start
  const began = Math.min(whole.end, ...programs.map(({ start }) => start))
  const last = named('host: apply')?.end ?? began
  const apply = events.map(({ phase, at }, index) => ({
    phase,
    start: at,
    end: events[index + 1]?.at ?? last,
  }))
  return [
    { phase: 'start, config', start: whole.start, end: began },
    ...found,
    ...apply.filter(({ end, start }) => end >= start),
    { phase: 'result, exit', start: last, end: whole.end },
    { phase: 'all', start: whole.start, end: whole.end },
  ].map(({ phase, start, end }) => ({ phase, start: start - whole.start, end: end - whole.start }))
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

/** Where traces are written. */
export function traceFile(folder: string): string {
  return join(folder, '.git', 'bench-trace')
}
