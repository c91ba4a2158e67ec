import type { Line } from './output.js'

/** The steps of a job, in order. From `activate` on its host decides how it ends. */
export const STEPS = ['queued', 'fetch', 'start', 'check', 'build', 'ship', 'activate', 'confirm'] as const
export type Step = (typeof STEPS)[number]

/** Whether one step comes before another. */
export function isBefore(step: Step, other: Step): boolean {
  return STEPS.indexOf(step) < STEPS.indexOf(other)
}

/** The step that a line belongs to; undefined: whichever it is. */
export function stepOf(event: Line): Step | undefined {
  switch (event.type) {
    case 'check':
      return 'check'
    case 'build':
      return 'build'
    case 'built':
    case 'planned':
      return 'ship'
    case 'host':
      return event.event.step === 'confirmed' ? 'confirm' : 'activate'
    // The host has been told to stop, so it has been told to begin.
    case 'stopping':
      return 'activate'
    default:
      return undefined
  }
}
