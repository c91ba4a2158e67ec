/** What became of something that may fail on its own. */
export type Settled<T> = { ok: true; value: T } | { ok: false; error: unknown }

/** Waits for a promise without throwing. */
export function settle<T>(promise: Promise<T>): Promise<Settled<T>> {
  return promise.then(
    (value) => ({ ok: true as const, value }),
    (error: unknown) => ({ ok: false as const, error }),
  )
}
