import type { Described } from '../describe.js'
import { calls } from './words.js'

/** Completions for fish(1): a file `slipway.fish` in `~/.config/fish/completions`. */
export function fishCompletions(all: readonly Described[]): string {
  const lines = all.flatMap(({ path, commands, flags }) => {
    const at = `complete -c slipway -n ${quoted(`__slipway_at ${quoted(calls(path))}`)}`
    return [
      ...commands.map(({ name, brief }) => `${at} -f -a ${quoted(name)} -d ${quoted(brief)}`),
      ...flags.map(({ name, letter, brief, value, values }) =>
        [
          at,
          `-l ${name}`,
          ...(letter === undefined ? [] : [`-s ${letter}`]),
          ...(value === undefined ? [] : ['-r']),
          ...(values.length === 0 ? [] : [`-f -a ${quoted(values.join(' '))}`]),
          `-d ${quoted(brief)}`,
        ].join(' '),
      ),
    ]
  })
  return `# slipway completions fish
set -g __slipway_commands ${all
    .slice(1)
    .map(({ path }) => quoted(calls(path)))
    .join(' ')}
function __slipway_at
  set -l at
  for word in (commandline -opc)[2..]
    contains -- (string join ' ' $at $word) $__slipway_commands; and set -a at $word
  end
  test "$at" = "$argv[1]"
end
${lines.join('\n')}
`
}

/** A word for fish: in single quotes it knows two escapes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
