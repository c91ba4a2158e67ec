/** Asks everything that goes on to come to its end. */
export interface Stop {
  readonly requested: boolean
  request(): void
  /** Waits, but not beyond the stop. */
  sleep(milliseconds: number): Promise<void>
  /** Calls back at the stop, unless the returned function was called before. */
  onRequest(callback: () => void): () => void
}

export function createStop(): Stop {
  const callbacks = new Set<() => void>()
  let requested = false
  const onRequest = (callback: () => void) => {
    if (requested) callback()
    else callbacks.add(callback)
    return () => {
      callbacks.delete(callback)
    }
  }
  return {
    get requested() {
      return requested
    },
    request: () => {
      requested = true
      for (const callback of callbacks) callback()
      callbacks.clear()
    },
    sleep: async (milliseconds) => {
      if (requested) return
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          callbacks.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, milliseconds)
        callbacks.add(wake)
      })
    },
    onRequest,
  }
}
