import { tableText } from '../src/cli/text/table.js'
import type { PhaseTime } from './phases.js'
import type { Distance } from './stage.js'

const MS = (value: number) => `${Math.round(value)} ms`

/** When the parts of a deploy begin and how long they take, for all distances side by side. */
export function phasesText(phases: Record<Distance, PhaseTime[]>): string {
  const rows = phases.near.map(({ phase, start, took }) => {
    const far = phases.distant.find((other) => other.phase === phase)
    return [phase, MS(start), MS(took), far ? MS(far.start) : '', far ? MS(far.took) : '']
  })
  return tableText(['', 'near: at', 'takes', 'distant: at', 'takes'], rows)
}
