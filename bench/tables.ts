import { tableText } from '../src/cli/text/table.js'
import { median } from './measure.js'
import type { PhaseTime } from './phases.js'
import type { Distance } from './stage.js'

/** A measurement, what it is held against, and what the ratio should be at most. */
export interface Comparison {
  what: string
  times: number[]
  against?: { what: string; times: number[]; atMost?: number }
}

const MS = (value: number) => `${Math.round(value)} ms`

/** One line for each comparison, misses marked. */
export function comparisonText(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ what, times, against }) => {
    const range = `${Math.round(Math.min(...times))}–${Math.round(Math.max(...times))}`
    if (!against) return [what, MS(median(times)), range, '', '', '', '']
    const ratio = median(times) / median(against.times)
    const { atMost } = against
    const verdict = atMost === undefined ? '' : ratio <= atMost ? 'met' : 'MISSED'
    return [
      what,
      MS(median(times)),
      range,
      `${against.what}: ${MS(median(against.times))}`,
      `× ${ratio.toFixed(2)}`,
      atMost === undefined ? '' : `≤ ${atMost}`,
      verdict,
    ]
  })
  return tableText(['', 'median', 'range', 'against', 'ratio', 'target', ''], rows)
}

/** When the parts of a deploy begin and how long they take, for all distances side by side. */
export function phasesText(phases: Record<Distance, PhaseTime[]>): string {
  const rows = phases.near.map(({ phase, start, took }) => {
    const far = phases.distant.find((other) => other.phase === phase)
    return [phase, MS(start), MS(took), far ? MS(far.start) : '', far ? MS(far.took) : '']
  })
  return tableText(['', 'near: at', 'takes', 'distant: at', 'takes'], rows)
}
