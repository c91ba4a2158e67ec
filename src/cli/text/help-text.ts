import type { Group } from '../command.js'

/** What `slipway --help` prints: the commands by what they are for. */
export function helpText({ brief, tasks = {}, commands }: Group): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  const sections = Object.entries(tasks).map(([task, names]) =>
    [task, ...names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.brief ?? ''}`)].join('\n'),
  )
  return [
    brief,
    'slipway COMMAND [FLAGS] …; slipway COMMAND --help tells what it takes',
    ...sections,
    'Everywhere: -v --verbose, -q --quiet, --no-color. slipway --version',
  ].join('\n\n')
}
