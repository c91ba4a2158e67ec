import type { EngineEvent } from '../engine/events.js'

/** The steps of a deploy, in their order. */
const STEPS = ['build', 'ship', 'activate', 'confirm'] as const
export type Step = (typeof STEPS)[number]

/** What a deploy was at, and for how long, in milliseconds; what took no time is left out. */
export interface StepTime {
  step: Step
  ms: number
}

/**
 * Tells a deploy's steps from its events. With several hosts, a step lasts until the first of them goes on to the next.
 * `now` is a clock in milliseconds.
 */
export function stepTimes(now: () => number = Date.now) {
  const began: [Step, number][] = [['build', now()]]
  const begin = (step: Step) => {
    const last = began.at(-1)?.[0] ?? 'build'
    if (STEPS.indexOf(step) > STEPS.indexOf(last)) began.push([step, now()])
  }
  return {
    onEvent: (event: EngineEvent) => {
      if (event.type === 'planned') begin('ship')
      if (event.type !== 'host') return
      const { step } = event.event
      if (step === 'starting') begin('activate')
      if (step === 'waiting') begin('confirm')
    },
    /** Until now. */
    steps: (): StepTime[] => {
      const end = now()
      return began.flatMap(([step, at], index) => {
        const ms = (began[index + 1]?.[1] ?? end) - at
        return ms > 0 ? [{ step, ms }] : []
      })
    },
  }
}
