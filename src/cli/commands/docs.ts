import { usageError } from '../../errors.js'
import { command } from '../command.js'
import { optionalArgument } from '../flags.js'

/** `slipway docs [SECTION]`. */
export const docs = command({
  brief: 'The reference of slipway.config.ts',
  args: [optionalArgument('SECTION', 'A part of the config: service, health, site … (default: all)')],
  run: async (cli, _flags, name) => {
    const [{ referenceSections, referenceText }, { didYouMean }] = await Promise.all([
      import('../../config/reference.js'),
      import('../../config/suggest.js'),
    ])
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
    cli.print(referenceText(wanted))
  },
})
