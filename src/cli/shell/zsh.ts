import type { Described } from '../describe.js'
import { calls, quoted } from './words.js'

/** Completions for zsh(1): a file `_slipway` in a folder of `fpath`. */
export function zshCompletions(all: readonly Described[]): string {
  const cases = all.map(({ path, commands, flags }) => {
    const found = [
      ...commands.map(({ name, brief }) => described(name, brief)),
      ...flags.map(({ name, brief }) => described(`--${name}`, brief)),
    ]
    return `    ${quoted(calls(path))}) found=(${found.join(' ')}) ;;`
  })
  const values = all.flatMap(({ path, flags }) =>
    flags
      .filter(({ values }) => values.length > 0)
      .map(
        (flag) =>
          `    ${quoted(`${calls(path)} --${flag.name}`)}) found=(${flag.values.map(quoted).join(' ')}) ;;`,
      ),
  )
  return `#compdef slipway
_slipway() {
  local at='' word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${all
        .slice(1)
        .map(({ path }) => quoted(calls(path)))
        .join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  case "$at \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  _describe slipway found || _files
}
# Found on fpath it is called the first time; sourced, it is only made known.
if [[ "$funcstack[1]" == _slipway ]]; then _slipway; else compdef _slipway slipway; fi
`
}

/** What `_describe` takes: a colon in what is described is its end. */
function described(word: string, brief: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${brief}`)
}
