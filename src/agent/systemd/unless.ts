/** What the work comes to, unless one of the signals is aborted first: its reason is thrown then. The work goes on. */
export function unlessAborted<T>(
  work: Promise<T>,
  ...given: readonly (AbortSignal | undefined)[]
): Promise<T> {
  const signals = given.filter((signal) => signal !== undefined)
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      settle()
      reject(signals.find((signal) => signal.aborted)?.reason)
    }
    const settle = () => {
      for (const signal of signals) signal.removeEventListener('abort', stop)
    }
    for (const signal of signals) signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(settle)
    if (signals.some((signal) => signal.aborted)) stop()
  })
}
