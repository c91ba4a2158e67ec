/** A flag as it is typed: `allOrNothing` is `all-or-nothing`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
