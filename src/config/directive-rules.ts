import { sectionOf } from '../contract/directives.js'
import type { Problem } from './problems.js'
import type { ProgramConfig } from './resolved.js'

/** Directives of a kind of unit that the service, or its job, does not have: systemd would pass over them. */
export function directiveProblems(program: ProgramConfig): Problem[] {
  const at = `services.${program.name}`
  const holders = [
    { at, unit: program.unit, kinds: program.listen?.mode === 'socket' ? ['Socket'] : [] },
    ...program.processes.map(({ name, unit }) => ({ at: `${at}.processes.${name}`, unit, kinds: [] })),
    ...program.timers.map(({ name, unit }) => ({ at: `${at}.timers.${name}`, unit, kinds: ['Timer'] })),
  ]
  return holders.flatMap((holder) =>
    Object.keys(holder.unit).flatMap((name) => {
      const section = sectionOf(name)
      const elsewhere = (section === 'Timer' || section === 'Socket') && !holder.kinds.includes(section)
      if (!elsewhere) return []
      return [
        {
          path: `${holder.at}.unit.${name}`,
          message: `is a directive of systemd's [${section}], and there is no ${section.toLowerCase()} unit here`,
          suggestion: section === 'Timer' ? `put it into one of \`timers\`` : `listen: 'socket' has one`,
        },
      ]
    }),
  )
}
