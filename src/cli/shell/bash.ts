import type { Described } from '../describe.js'
import { calls, quoted, wordsOf } from './words.js'

/** Completions for bash(1), to be sourced. */
export function bashCompletions(all: readonly Described[]): string {
  const values = all.flatMap(({ path, flags }) =>
    flags
      .filter(({ values }) => values.length > 0)
      .map(
        (flag) => `    ${quoted(`${calls(path)} --${flag.name}`)}) words=${quoted(flag.values.join(' '))} ;;`,
      ),
  )
  return `# slipway completions bash
_slipway() {
  local at='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${all
        .slice(1)
        .map(({ path }) => quoted(calls(path)))
        .join(' | ')}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${all.map((one) => `    ${quoted(calls(one.path))}) words=${quoted(wordsOf(one).join(' '))} ;;`).join('\n')}
  esac
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _slipway slipway
`
}
