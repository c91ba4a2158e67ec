/** Pieces of Nix, laid out as nixfmt does. A piece starts in the first column; what holds it indents it. */

/** Moves all lines but empty ones to the right. */
export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by))
}

/** `name = value;`. A value that starts with a line break is a block below the name. */
export function bind(name: string, value: string): string {
  return `${name} =${value.startsWith('\n') ? '' : ' '}${value};`
}

/** The same with a comment above, a line for each of its lines. */
export function commented(comment: string, binding: string): string {
  return `${comment.replace(/^/gm, '# ')}\n${binding}`
}

/** An attribute set of bindings. */
export function attributes(bindings: readonly string[]): string {
  return bindings.length === 0 ? '{ }' : `{\n${indent(bindings.join('\n'))}\n}`
}

/** A list. */
export function nixList(items: readonly string[]): string {
  const [first] = items
  if (first === undefined) return '[ ]'
  return items.length === 1 && !first.includes('\n') ? `[ ${first} ]` : `[\n${indent(items.join('\n'))}\n]`
}

/** A string. */
export function nixString(text: string): string {
  return `"${text
    .replace(/["\\]|\$(?=\{)/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')}"`
}

/** A string in which `${…}` is Nix's. */
export function interpolated(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** A string of lines, in which `${…}` is Nix's. */
export function script(lines: readonly string[]): string {
  return `''\n${indent(lines.join('\n'))}\n''`
}

const KEYWORD = /^(?:assert|else|if|in|inherit|let|or|rec|then|with)$/

/** An attribute's name, quoted where it has to be. */
export function attributeName(name: string): string {
  return /^[A-Za-z_][\w'-]*$/.test(name) && !KEYWORD.test(name) ? name : nixString(name)
}

/** A path below the flake, as a literal. */
export function path(dir: string, file = ''): string {
  const joined = [dir, file].filter((part) => part !== '' && part !== '.').join('/')
  return joined === '' ? './.' : `./${joined}`
}

/** Attributes of `pkgs`. */
export function ofPkgs(names: readonly string[]): string[] {
  return names.map((name) => `pkgs.${name}`)
}
