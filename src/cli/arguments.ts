import { usageError } from '../errors.js'
import type { WantedRelease } from '../plan/rollback.js'

/** A share of requests such as `10%`: a hundredth at least, and less than all. */
export function parsePercent(text: string): number {
  const percent = Number(/^(\d{1,2})%?$/.exec(text)?.[1])
  if (percent >= 1) return percent
  throw new RangeError(`"${text}" is not a share between 1% and 99%`)
}

/** `on` or `off`. */
export function parseOnOff(text: string): 'on' | 'off' {
  if (text === 'on' || text === 'off') return text
  throw new RangeError(`"${text}" is neither on nor off`)
}

/** How many lines: a whole number. */
export function parseLines(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new RangeError(`"${text}" is not a number of lines`)
}

/** A release's number of at most six digits, or the beginning of its commit: seven digits of it at least, as git shows. */
export function parseRelease(text: string): WantedRelease {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  if (/^[0-9a-f]{7,64}$/.test(text)) return { commit: text }
  throw usageError({
    what: `"${text}" is neither the number of a release nor a commit`,
    next: 'Releases are numbered 1, 2, 3 …; of a commit the first seven digits are enough. `slipway releases` shows both.',
  })
}
