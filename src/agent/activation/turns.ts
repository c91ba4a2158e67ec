import type { Holder } from '../../contract/failure.js'

/** One at a time works on a host. */
export interface Turns {
  /** Begins a turn, or tells who has it. Whoever is only clearing up is waited for. */
  take(holder: Holder): Promise<Turn | Holder>
  /** Who has the turn, if it is somebody that others can't wait out. */
  holder(): Holder | null
  /** Ends with the turn that somebody has now. */
  over(): Promise<void>
}

export interface Turn {
  /** What remains needs nobody's attention, and little time. */
  clearingUp(): void
  end(): void
}

export function createTurns(): Turns {
  let current: { holder: Holder; clearing: boolean; over: Promise<void> } | undefined
  return {
    take: async (holder) => {
      while (current) {
        if (!current.clearing) return current.holder
        await current.over
      }
      let onOver: () => void = () => undefined
      const over = new Promise<void>((resolve) => {
        onOver = resolve
      })
      const mine = { holder, clearing: false, over }
      current = mine
      return {
        clearingUp: () => {
          mine.clearing = true
        },
        end: () => {
          if (current === mine) current = undefined
          onOver()
        },
      }
    },
    holder: () => (current && !current.clearing ? current.holder : null),
    over: async () => current?.over,
  }
}

export function isTurn(taken: Turn | Holder): taken is Turn {
  return 'end' in taken
}
