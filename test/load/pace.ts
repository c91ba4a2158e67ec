import type { Stop } from './stop.js'

/** Waits until the next request is due; false if none is to be sent any more. */
export type Pace = () => Promise<boolean>

/**
 * The pace of one of several workers that together send `rate` requests a second, evenly, or each one `every` so
 * many milliseconds. With neither, each sends as soon as it is free. What was missed is not made up for.
 */
export function createPace(
  stop: Stop,
  { workers, rate, every }: { workers: number; rate?: number; every?: number },
  worker: number,
): Pace {
  const interval = rate === undefined ? every : (1000 * workers) / rate
  if (interval === undefined) return async () => !stop.requested
  let due = performance.now() + (interval * worker) / workers
  return async () => {
    const wait = due - performance.now()
    if (wait > 0) await stop.sleep(wait)
    due = Math.max(due + interval, performance.now())
    return !stop.requested
  }
}
