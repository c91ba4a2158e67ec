/**
 * Merges what is asked for at once: one run of the work at a time, and what is asked for meanwhile is one more run
 * afterwards. So each run serves all who asked before it began.
 */
export function coalesced<Ask, Result>(
  work: (asks: readonly Ask[]) => Promise<Result>,
): (ask: Ask) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  let next: { asks: Ask[]; result: Promise<Result> } | undefined
  return (ask) => {
    if (next) {
      next.asks.push(ask)
      return next.result
    }
    const asks = [ask]
    const result = last.then(() => {
      next = undefined
      return work(asks)
    })
    next = { asks, result }
    last = result.catch(() => undefined)
    return result
  }
}
