const NAME = /^(?:"([^"\\$]+)"|([A-Za-z_][\w'-]*))(?:\.|$)/

/** The names of a path of Nix's, as `foo."a.b".c`; undefined: it is more than names. */
export function attributePath(text: string): string[] | undefined {
  const found: string[] = []
  for (let rest = text; ; ) {
    const [whole, quoted, plain] = NAME.exec(rest) ?? []
    if (whole === undefined) return undefined
    found.push(quoted ?? plain ?? '')
    rest = rest.slice(whole.length)
    if (rest === '') return whole.endsWith('.') ? undefined : found
  }
}
