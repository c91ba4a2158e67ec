import { PIECE_BYTES } from './frames.js'

/** What a reader lets come before it has taken it: bounds memory, and lets 20 MiB/s through at 50 ms. */
export const WINDOW_BYTES = 1024 * 1024

/** The sending half of a stream: how much may go now. */
export interface Credit {
  /** Resolves to how many bytes may be sent, at least one. Rejects when the stream was broken off. */
  take(wanted: number): Promise<number>
  give(bytes: number): void
  fail(error: Error): void
}

export function createCredit(initial = WINDOW_BYTES): Credit {
  let left = initial
  let failure: Error | undefined
  let wake: (() => void) | undefined
  return {
    take: async (wanted) => {
      while (left <= 0 && failure === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (failure !== undefined) throw failure
      const taken = Math.min(wanted, left, PIECE_BYTES)
      left -= taken
      return taken
    },
    give: (bytes) => {
      left += bytes
      wake?.()
    },
    fail: (error) => {
      failure ??= error
      wake?.()
    },
  }
}

/** Pieces smaller than that share memory: each alone would take more for itself than it holds. */
const SMALL_BYTES = 4096

/** The receiving half of a stream: pieces in order, until its end. */
export interface Inbox extends AsyncIterable<Buffer> {
  /** Whether nothing more can come. */
  readonly over: boolean
  push(piece: Buffer): void
  end(): void
  fail(error: Error): void
}

/** @param onTaken Called with the bytes that a reader has taken: so many more may come. */
export function createInbox(onTaken: (bytes: number) => void): Inbox {
  const pieces: { memory: Buffer; length: number }[] = []
  let ended = false
  let failure: Error | undefined
  let wake: (() => void) | undefined
  const woken = () => wake?.()
  return {
    get over() {
      return ended || failure !== undefined
    },
    push: (piece) => {
      const length = piece.byteLength
      const last = pieces.at(-1)
      if (last && last.memory.byteLength - last.length >= length) {
        last.length += piece.copy(last.memory, last.length)
      } else if (length >= SMALL_BYTES) {
        pieces.push({ memory: piece, length })
      } else if (length > 0) {
        const memory = Buffer.allocUnsafe(PIECE_BYTES)
        pieces.push({ memory, length: piece.copy(memory) })
      }
      woken()
    },
    end: () => {
      ended = true
      woken()
    },
    fail: (error) => {
      failure ??= error
      woken()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const piece = pieces.shift()
        if (piece !== undefined) {
          yield piece.memory.subarray(0, piece.length)
          onTaken(piece.length)
        } else if (failure !== undefined) throw failure
        else if (ended) return
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    },
  }
}
