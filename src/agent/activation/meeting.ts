/** Where several pieces of work wait for each other. */
export interface Meeting {
  /** Resolves when all that are still expected have come. */
  come(): Promise<void>
  /** One that will not come: it has ended. Coming before is no matter. */
  leave(): void
}

export function createMeeting(size: number): { join(): Meeting } {
  let expected = size
  let wake: () => void = () => undefined
  const all = new Promise<void>((resolve) => {
    wake = resolve
  })
  const oneLess = () => {
    expected -= 1
    if (expected <= 0) wake()
  }
  return {
    join: () => {
      let counted = false
      const count = () => {
        if (!counted) oneLess()
        counted = true
      }
      return {
        come: () => {
          count()
          return all
        },
        leave: count,
      }
    },
  }
}
