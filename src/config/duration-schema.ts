import * as z from 'zod'
import { DURATION_PATTERN, durationMs } from './duration.js'

/** No wait of a deploy is longer; the contract with the host has the same limit. */
const LONGEST_WAIT = '1d'
/** 27 years: far more than any header is good for. */
const LONGEST_LIFETIME = '10000d'

const atMost = (longest: string) => (text: string) =>
  !DURATION_PATTERN.test(text) || durationMs(text) <= durationMs(longest)

/** A duration as a config gives it. */
export const duration = z
  .string()
  .regex(DURATION_PATTERN, 'expected a duration such as "500ms", "30s" or "2m"')
  .refine(atMost(LONGEST_WAIT), `expected a duration of at most "${LONGEST_WAIT}"`)

const aboveZero = z
  .string()
  .refine(
    (text) => DURATION_PATTERN.test(text) && /[1-9]/.test(text),
    'expected a duration above zero such as "500ms", "30s" or "2m"',
  )

/** A duration for something that can't be done in no time. */
export const positiveDuration = aboveZero.refine(
  atMost(LONGEST_WAIT),
  `expected a duration of at most "${LONGEST_WAIT}"`,
)

/** How long something holds that outlives deploys. */
export const lifetime = aboveZero.refine(
  atMost(LONGEST_LIFETIME),
  `expected a duration of at most "${LONGEST_LIFETIME}"`,
)
