/** A flake installable taken apart: `FLAKE#ATTRIBUTE`. */
export interface Installable {
  flake: string
  /** The names of its attribute path; undefined where it is more than names. */
  path: string[] | undefined
}

const NAME = /^(?:"([^"\\$]+)"|([A-Za-z_][\w'-]*))(?:\.|$)/

/** Takes an installable apart as Nix does: without an attribute, the default package is meant. */
export function parseInstallable(text: string): Installable {
  const hash = text.indexOf('#')
  const flake = (hash === -1 ? text : text.slice(0, hash)) || '.'
  const attribute = hash === -1 ? '' : text.slice(hash + 1)
  return { flake, path: attribute === '' ? ['default'] : names(attribute) }
}

function names(attribute: string): string[] | undefined {
  const found: string[] = []
  for (let rest = attribute; ; ) {
    const [whole, quoted, plain] = NAME.exec(rest) ?? []
    if (whole === undefined) return undefined
    found.push(quoted ?? plain ?? '')
    rest = rest.slice(whole.length)
    if (rest === '') return whole.endsWith('.') ? undefined : found
  }
}
