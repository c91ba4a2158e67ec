import { SlipwayError } from '../errors.js'

/** An error as one sentence, to be kept. */
export function errorReason(error: unknown): string {
  if (!(error instanceof SlipwayError)) return error instanceof Error ? error.message : String(error)
  const { what, why } = error.parts
  return why === undefined ? what : `${what}: ${why}`
}
