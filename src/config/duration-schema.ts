import { z } from 'zod'
import { DURATION_PATTERN } from './duration.js'

/** A duration as a config gives it. */
export const duration = z
  .string()
  .regex(DURATION_PATTERN, 'expected a duration such as "500ms", "30s" or "2m"')

/** A duration for something that can't be done in no time. */
export const positiveDuration = z
  .string()
  .refine(
    (text) => DURATION_PATTERN.test(text) && /[1-9]/.test(text),
    'expected a duration above zero such as "500ms", "30s" or "2m"',
  )
