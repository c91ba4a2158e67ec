/** A value that can be written down. */
export type Value = string | boolean | string[] | { [key: string]: Value | undefined }

/** An object is on one line up to this width, with the comma after it; formatters do the same. */
const LINE_WIDTH = 100

/**
 * A value as TypeScript; what is undefined is left out.
 * @param indent of the line it begins on.
 * @param column in which it begins there.
 */
export function valueText(value: Value, indent: string, column = indent.length): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(quoted).join(', ')}]`
  const inner = `${indent}  `
  const members = Object.entries(value).flatMap(([key, member]) => {
    if (member === undefined) return []
    const name = `${keyText(key)}: `
    return `${name}${valueText(member, inner, inner.length + name.length)}`
  })
  const line = `{ ${members.join(', ')} }`
  if (!line.includes('\n') && column + line.length < LINE_WIDTH) return line
  return `{\n${members.map((member) => `${inner}${member},\n`).join('')}${indent}}`
}

/** The key of an object as TypeScript. */
export function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
}

function quoted(text: string): string {
  return /['\\\p{Cc}]/u.test(text) ? JSON.stringify(text) : `'${text}'`
}
