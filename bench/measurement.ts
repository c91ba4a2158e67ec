import { tableText } from '../src/cli/text/table.js'
import { median } from './measure.js'
import type { Distance } from './stage.js'

/** What something is measured in: milliseconds; milliseconds of a processor; MB; hundredths; times a second; times. */
export type Unit = 'ms' | 'cpuMs' | 'mb' | 'percent' | 'perSecond' | 'times'

/** Something that was measured, several times. */
export interface Taken {
  what: string
  distance: Distance
  /** Default: milliseconds. */
  unit?: Unit
  values: number[]
  /** What it is held against, measured in the same rounds, and what the ratio should be at most, or at least. */
  against?: { what: string; values: number[]; atMost?: number; atLeast?: number }
}

/** One of the things that `--json` prints; what was measured is under the name of its unit. */
export type Measurement = { what: string; distance: Distance; against?: { what: string; ratio: number } } & {
  [unit in Unit]?: Spread
}

export interface Spread {
  median: number
  min: number
  max: number
}

export function measurementOf({ what, distance, unit = 'ms', values, against }: Taken): Measurement {
  return {
    what,
    distance,
    [unit]: spreadOf(values),
    ...(against && { against: { what: against.what, ratio: rounded(ratioOf(values, against.values)) } }),
  }
}

/** One line for each, misses marked. */
export function takenText(all: readonly Taken[]): string {
  const rows = all.map(({ what, distance, unit = 'ms', values, against }) => {
    const { median: middle, min, max } = spreadOf(values)
    const name = distance === 'near' ? what : `${what}, ${distance}`
    const own = [name, `${middle} ${UNITS[unit]}`.trimEnd(), `${min}–${max}`]
    if (!against) return [...own, '', '', '', '']
    const ratio = ratioOf(values, against.values)
    const beside = `${against.what}: ${spreadOf(against.values).median} ${UNITS[unit]}`.trimEnd()
    return [...own, beside, `× ${ratio.toFixed(2)}`, ...verdict(ratio, against)]
  })
  return tableText(['', 'median', 'range', 'against', 'ratio', 'target', ''], rows)
}

const UNITS: Record<Unit, string> = {
  ms: 'ms',
  cpuMs: 'ms CPU',
  mb: 'MB',
  percent: '%',
  perSecond: '/s',
  times: '',
}

function verdict(ratio: number, { atMost, atLeast }: NonNullable<Taken['against']>): [string, string] {
  if (atMost !== undefined) return [`≤ ${atMost}`, ratio <= atMost ? 'met' : 'MISSED']
  if (atLeast !== undefined) return [`≥ ${atLeast}`, ratio >= atLeast ? 'met' : 'MISSED']
  return ['', '']
}

/**
 * The median of the ratios within a round, where there are as many rounds of both: what slows the machine down slows
 * both of a round. Else the ratio of the medians.
 */
export function ratioOf(values: readonly number[], against: readonly number[]): number {
  if (values.length !== against.length) return median(values) / median(against)
  return median(values.map((value, round) => value / (against[round] ?? Number.NaN)))
}

function spreadOf(values: readonly number[]): Spread {
  return {
    median: rounded(median(values)),
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
  }
}

/** Three digits, or all before the point: more would be noise. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
