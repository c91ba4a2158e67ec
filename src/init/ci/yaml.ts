/** What YAML would take for something else than a text. */
const OTHER_TYPE = /^(?:true|false|yes|no|y|n|on|off|null|~||[+-]?\.(?:inf|nan)|[+-]?\.?\d\S*)$/i

/** A text as a value in a block: as it is where YAML allows that, else in quotes. */
export function scalar(text: string): string {
  const plain = /^[^\s\-?:,[\]{}#&*!|>'"%@`][^\n]*$/.test(text) && !/: |:$| #|\s$|\t/.test(text)
  return plain && !OTHER_TYPE.test(text) ? text : JSON.stringify(text)
}

/** A text in a list between brackets. */
export function flowScalar(text: string): string {
  return /^[\w./-]+$/.test(text) ? scalar(text) : JSON.stringify(text)
}

/** A script: one line stays on its line. */
export function script(lines: readonly string[], indent: string): string {
  const [only, ...others] = lines
  if (only !== undefined && others.length === 0) return scalar(only)
  return `|\n${lines.map((line) => `${indent}${line}`).join('\n')}`
}
