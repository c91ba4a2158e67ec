import type { Directive } from '../../contract/service.js'
import { oneLine } from '../../release/unit-file.js'
import { nixList, nixString } from '../detect/write/nix-text.js'

/** Marks where an expression of Nix stands in a text: a character that means nothing to systemd, nginx or Nix. */
export const MARK = '\0'

/** An expression of Nix, to be put into text. */
export function expression(nix: string): string {
  return `${MARK}${nix}${MARK}`
}

/** Text as Nix: a string, or the expression that it is. */
export function nixText(text: string): string {
  const parts = text.split(MARK)
  if (parts.length === 3 && parts[0] === '' && parts[2] === '') return parts[1] ?? ''
  const pieces = parts.map((part, index) => {
    if (index % 2 === 1) return `\${${part}}`
    const literal = nixString(part).slice(1, -1)
    // `$${` would be no expression.
    return index < parts.length - 1 ? literal.replace(/\$$/, '\\$') : literal
  })
  return `"${pieces.join('')}"`
}

/** The value of a directive, as NixOS takes it; nothing for one that is not set. */
export function nixDirective(value: Directive | undefined): string | undefined {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) return nixList(value.map((item) => nixText(oneLine(item))))
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isInteger(value)) return String(value)
  return nixText(oneLine(String(value)))
}

/** The same as a list, of what may be one value or several. */
export function directiveList(value: Directive | undefined): string[] {
  if (value === null || value === undefined) return []
  return [value].flat().map((item) => nixText(oneLine(String(item))))
}
