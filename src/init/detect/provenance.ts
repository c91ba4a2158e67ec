import { type Found, type Where, whereText } from './tree.js'

/** Where a value of the config comes from. */
export type Origin =
  /** A line of the project says so; `why` is how, where the line doesn't speak for itself. */
  | { kind: 'found'; at: Where; why?: string | undefined }
  /** A flag, or an answer. */
  | { kind: 'told' }
  /** Nothing says so; `why` is what it goes by. */
  | { kind: 'guessed'; why: string }

/** A value of the config to be, and where it comes from. */
export interface Sourced<T> {
  value: T
  origin: Origin
}

/** A value that a line of the project has. */
export function found<T>({ value, at }: Found<T>, why?: string): Sourced<T> {
  return { value, origin: { kind: 'found', at, why } }
}

/** A value that the user gave. */
export function told<T>(value: T): Sourced<T> {
  return { value, origin: { kind: 'told' } }
}

/** A value that nothing gave. */
export function guessed<T>(value: T, why: string): Sourced<T> {
  return { value, origin: { kind: 'guessed', why } }
}

/** An origin, for people: `src/main.ts:4: reads $PORT`. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'found':
      return origin.why ? `${whereText(origin.at)}: ${origin.why}` : whereText(origin.at)
    case 'told':
      return 'as told'
    case 'guessed':
      return `a guess: ${origin.why}`
  }
}
