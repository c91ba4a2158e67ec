/** One thing to be timed, once. What surrounds the timed part is in `before` and `after`. */
export interface Variant {
  before?: () => Promise<void>
  run: () => Promise<void>
  after?: () => Promise<void>
}

/** Milliseconds a piece of work takes. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/**
 * Times variants in turns, A B C A B C …, so that whatever else the machine does hits all of them. A first round, which
 * is not counted, warms caches.
 */
export async function interleave<NAME extends string>(
  variants: Record<NAME, Variant>,
  rounds: number,
  onRound: (round: number) => void,
): Promise<Record<NAME, number[]>> {
  const names = Object.keys(variants) as NAME[]
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<NAME, number[]>
  for (let round = 0; round <= rounds; round += 1) {
    onRound(round)
    for (const name of names) {
      const { before, run, after } = variants[name]
      await before?.()
      const took = await timed(run)
      await after?.()
      if (round > 0) results[name].push(took)
    }
  }
  return results
}

/** The middle value; the mean of the two middle ones where there is no one middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}
