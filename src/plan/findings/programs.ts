import { programsFor } from '../../release/host-programs.js'
import { type Finding, finding, type Subject, setupCommand } from './finding.js'

/** Whether it has the programs that only some services need. */
export function programFindings(subject: Subject): Finding[] {
  const { host: facts } = subject.report
  return [...programsFor(subject.services)].flatMap(([program, needed]) => {
    const there = facts[program]
    // An older agent does not tell: what is missing shows where it is used.
    if (there === undefined) return []
    return finding(program, there, there ? 'installed' : 'not installed', {
      fix: setupCommand(subject),
      problem: `${program} is not installed, which ${needed}`,
    })
  })
}
