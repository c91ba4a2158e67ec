import { matches, type Source } from '../source.js'
import { literal } from '../tree.js'

const CALL = String.raw`(?:(?:ListenAndServe(?:TLS)?|Listen|Start|Run|Serve)\(\s*(?:"tcp[46]?"\s*,\s*)?|\bAddr:\s*)`

/**
 * Whether a variable's value is handed on as an address: `ListenAndServe(os.Getenv("X"), nil)`, by way of a Go
 * variable too. Then it is `:3000`, whatever it is called.
 */
export function isAddress(sources: readonly Source[], name: string): boolean {
  const read = String.raw`[\w.]*[eE]nv\w*\(\s*"${literal(name)}"\s*\)`
  if (matches(sources, new RegExp(CALL + read)).length > 0) return true
  const assigned = matches(
    sources,
    new RegExp(String.raw`\b(?<variable>\w+)(?:\s*,\s*\w+)?(?:\s+string)?\s*:?=\s*${read}`),
  )
  return assigned.some(
    ({ groups }) => matches(sources, new RegExp(String.raw`${CALL}${groups.variable}\s*[,)}\n]`)).length > 0,
  )
}
