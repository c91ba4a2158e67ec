/** A directive of nginx's configuration. */
export interface NginxDirective {
  words: string[]
  /** undefined: it ends with a semicolon. */
  block: NginxDirective[] | undefined
}

/** nginx's configuration as nginx takes it apart (`ngx_conf_read_token`). Throws for what nginx would not take. */
export function parseNginx(text: string): NginxDirective[] {
  let at = 0
  const block = (depth: number): NginxDirective[] => {
    const found: NginxDirective[] = []
    let words: string[] = []
    for (;;) {
      while (at < text.length && /\s/.test(text[at] ?? '')) at += 1
      const next = text[at]
      if (next === undefined) {
        if (depth > 0 || words.length > 0) throw new Error('it does not end')
        return found
      }
      if (next === '#') {
        while (at < text.length && text[at] !== '\n') at += 1
      } else if (next === ';') {
        at += 1
        if (words.length === 0) throw new Error('a directive without a name')
        found.push({ words, block: undefined })
        words = []
      } else if (next === '{') {
        at += 1
        if (words.length === 0) throw new Error('a block without a name')
        found.push({ words, block: block(depth + 1) })
        words = []
      } else if (next === '}') {
        at += 1
        if (depth === 0 || words.length > 0) throw new Error('a block ends that was not begun')
        return found
      } else words.push(next === '"' || next === "'" ? quoted(next) : bare())
    }
  }
  /** One character of a word. A backslash stays, but before a few. */
  const character = (): string => {
    const one = text[at] ?? ''
    at += 1
    if (one !== '\\') return one
    const escaped = text[at] ?? ''
    at += 1
    return { '"': '"', "'": "'", '\\': '\\', t: '\t', r: '\r', n: '\n' }[escaped] ?? one + escaped
  }
  const quoted = (quote: string): string => {
    let word = ''
    at += 1
    while (text[at] !== quote) {
      if (text[at] === undefined) throw new Error('a string does not end')
      word += character()
    }
    at += 1
    if (!/[\s;{)]/.test(text[at] ?? '')) throw new Error('a string goes on after its end')
    return word
  }
  const bare = (): string => {
    let word = ''
    while (at < text.length && !/[\s;{]/.test(text[at] ?? '')) {
      // The brace of a variable begins no block.
      if (text[at] === '$' && text[at + 1] === '{') word += character()
      word += character()
    }
    return word
  }
  return block(0)
}

/** Each directive, with those in whose blocks it stands. */
export function* everyDirective(
  directives: readonly NginxDirective[],
  above: readonly NginxDirective[] = [],
): Generator<{ directive: NginxDirective; above: readonly NginxDirective[] }> {
  for (const directive of directives) {
    yield { directive, above }
    if (directive.block) yield* everyDirective(directive.block, [...above, directive])
  }
}
