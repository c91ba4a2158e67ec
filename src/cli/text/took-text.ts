import type { StepTime } from '../step-times.js'
import { formatDuration } from './terminal.js'

/** How long a deploy took, and what of it where that is more than one thing. */
export function tookText(ms: number, steps: readonly StepTime[]): string {
  const took = `took ${formatDuration(ms)}`
  if (steps.length < 2) return took
  return `${took}: ${steps.map(({ step, ms }) => `${step} ${formatDuration(ms)}`).join(', ')}`
}
