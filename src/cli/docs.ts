import { referenceSections, referenceText } from '../config/reference.js'
import { didYouMean } from '../config/suggest.js'
import { usageError } from '../errors.js'
import { command, print } from './command.js'

/** `slipway docs [SECTION]`. */
export const docs = command(async (_flags: Record<string, never>, name?: string) => {
  const sections = referenceSections()
  const wanted = sections.filter(
    (section) => name === undefined || section.name.toLowerCase() === name.toLowerCase(),
  )
  if (wanted.length === 0) {
    const names = sections.map((section) => section.name.toLowerCase())
    const guess = didYouMean(name ?? '', names)
    throw usageError({
      what: `the reference has no section "${name}"`,
      next: guess ? `Did you mean "${guess}"?` : `It has: ${names.join(', ')}.`,
    })
  }
  print(referenceText(wanted))
  return undefined
})
