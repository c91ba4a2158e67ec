import { createHash } from 'node:crypto'

/**
 * nginx's configuration as it stands in a file, with the place of each directive: what `ngx_conf_read_token` of
 * nginx's ngx_conf_file.c takes. The parsers on npm tell no places, by which one directive can be cut out.
 */
export interface Directive {
  name: string
  args: string[]
  /** From 1. */
  line: number
  /** Where its text begins and ends. */
  start: number
  end: number
  /** What is in its braces; undefined: it has none. */
  block?: Directive[]
}

/** SHA-256 of a directive's own text, in hex: whether it is as it was. */
export function digestOf(text: string, { start, end }: Directive): string {
  return createHash('sha256').update(text.slice(start, end)).digest('hex')
}

/** A text that nginx would not take, or that holds a program of another language. */
export class NginxSyntaxError extends Error {
  override name = 'NginxSyntaxError'
}

type Token =
  | { kind: 'word'; value: string; start: number; end: number }
  | { kind: ';' | '{' | '}'; start: number; end: number }

/** @throws NginxSyntaxError that names the line. */
export function parseNginx(text: string): Directive[] {
  const tokens = tokensOf(text)
  const lineOf = lineCounter(text)
  let at = 0
  const read = (nested: boolean): Directive[] => {
    const found: Directive[] = []
    for (;;) {
      const first = tokens[at]
      if (first === undefined) {
        if (nested) throw new NginxSyntaxError('a block is not closed')
        return found
      }
      at += 1
      if (first.kind === '}' && nested) return found
      if (first.kind !== 'word') throw unexpected(first.kind, lineOf(first.start))
      found.push(directive(first))
    }
  }
  const directive = (first: Extract<Token, { kind: 'word' }>): Directive => {
    const args: string[] = []
    const line = lineOf(first.start)
    for (;;) {
      const next = tokens[at]
      if (next === undefined) throw new NginxSyntaxError(`line ${line}: ${first.value} is not ended`)
      at += 1
      const own = { name: first.value, args, line, start: first.start }
      if (next.kind === 'word') args.push(next.value)
      else if (next.kind === ';') return { ...own, end: next.end }
      else if (next.kind === '}') throw unexpected('}', lineOf(next.start))
      else if (/_by_lua_block$|^js_|^perl/.test(first.value)) {
        throw new NginxSyntaxError(`line ${line}: ${first.value} holds a program`)
      } else {
        const block = read(true)
        return { ...own, block, end: tokens[at - 1]?.end ?? text.length }
      }
    }
  }
  return read(false)
}

function unexpected(what: string, line: number): NginxSyntaxError {
  return new NginxSyntaxError(`line ${line}: unexpected "${what}"`)
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const start = at
    const character = text[at] ?? ''
    if (/\s/.test(character)) at += 1
    else if (character === '#') {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
    } else if (character === ';' || character === '{' || character === '}') {
      at += 1
      tokens.push({ kind: character, start, end: at })
    } else {
      const { value, end } =
        character === '"' || character === "'" ? quoted(text, at, character) : plain(text, at)
      at = end
      tokens.push({ kind: 'word', value, start, end })
    }
  }
  return tokens
}

/** Escapes stand for themselves but before what they keep from meaning something. */
function unescaped(text: string): string {
  return text.replace(/\\(["'\\])/g, '$1')
}

function quoted(text: string, start: number, quote: string): { value: string; end: number } {
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  if (at >= text.length) throw new NginxSyntaxError('a quote is not closed')
  return { value: unescaped(text.slice(start + 1, at)), end: at + 1 }
}

function plain(text: string, start: number): { value: string; end: number } {
  let at = start
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '\\') at += 2
    // `${name}` is a variable, no block.
    else if (character === '$' && text[at + 1] === '{') {
      const end = text.indexOf('}', at)
      at = end === -1 ? text.length : end + 1
    } else if (/[\s;{]/.test(character)) break
    else at += 1
  }
  return { value: unescaped(text.slice(start, at)), end: Math.min(at, text.length) }
}

/** The line of a place in a text, from 1. Places are asked for in any order. */
function lineCounter(text: string): (at: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (at) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}
