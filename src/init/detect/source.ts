import type { FileTree, Where } from './tree.js'

/** How a language writes comments and strings. */
export type Syntax = 'c' | 'rust' | 'python'

/** A source file. */
export interface Source {
  file: string
  /** As it is. */
  raw: string
  /** With comments blanked out, of the same length and with the same lines. */
  text: string
}

/** A match in a source, and where it is. */
export interface Match {
  groups: Record<string, string | undefined>
  text: string
  source: Source
  /** Where the text after the match starts. */
  end: number
  at: Where
}

const TOKENS: Record<Syntax, RegExp> = {
  c: /(?<keep>"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*')|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
  rust: /(?<keep>\br(?<hash>#*)"[\s\S]*?"\k<hash>|"(?:\\[\s\S]|[^"\\])*"|'(?:\\.|[^'\\\n])')|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
  python:
    /(?<keep>(?!"""|''')(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|"""[\s\S]*?"""|'''[\s\S]*?'''|#[^\n]*/g,
}

/** Reads source files, in the order given. */
export function readSources(tree: FileTree, files: readonly string[], syntax: Syntax): Source[] {
  return files.flatMap((file) => {
    const raw = tree.read(file)
    return raw === undefined ? [] : [{ file, raw, text: withoutComments(raw, syntax) }]
  })
}

/**
 * A source's text with its comments blanked out, and the quotes in its texts: what stands there is no code. A Rust file's
 * tests at its end are left out too.
 */
export function withoutComments(raw: string, syntax: Syntax): string {
  const token = new RegExp(TOKENS[syntax])
  let text = ''
  for (let found = token.exec(raw); found !== null; found = token.exec(raw)) {
    const isComment = found.groups?.keep === undefined
    const nests = isComment && syntax === 'rust' && found[0].startsWith('/*')
    const end = nests ? endOfComment(raw, found.index) : found.index + found[0].length
    const whole = raw.slice(found.index, end)
    text += raw.slice(text.length, found.index) + (isComment ? blank(whole) : withoutQuotes(whole))
    token.lastIndex = end
  }
  text += raw.slice(text.length)
  return syntax === 'rust' ? text.replace(/#\[cfg\(test\)\]\s*mod\s+\w+\s*\{[\s\S]*$/, '') : text
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

/** Where a comment of Rust ends: others may be in it. */
function endOfComment(raw: string, start: number): number {
  const ends = /\/\*|\*\//g
  ends.lastIndex = start
  let depth = 0
  for (let found = ends.exec(raw); found !== null; found = ends.exec(raw)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return ends.lastIndex
  }
  return raw.length
}

/** A text of several lines, or a raw one, may hold code of another program; tags of Go's fields are read as they are. */
function withoutQuotes(token: string): string {
  const [, open = '', inner = '', close = ''] = /^(r#+"|`)([\s\S]*?)("#+|`)$/.exec(token) ?? []
  // What stands in the braces of a template is code.
  if (open === '' || /^`\w+:"|\$\{/.test(token)) return token
  return open + inner.replace(/["']/g, ' ') + close
}

/** Every match of a pattern, in order; `raw` searches comments too. */
export function matches(
  sources: readonly Source[],
  pattern: RegExp,
  where: 'text' | 'raw' = 'text',
): Match[] {
  const all = new RegExp(pattern, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`)
  return sources.flatMap((source) =>
    [...source[where].matchAll(all)].map((match) => ({
      groups: match.groups ?? {},
      text: match[0],
      source,
      end: match.index + match[0].length,
      at: { file: source.file, line: lineAt(source[where], match.index + match[0].search(/\S/)) },
    })),
  )
}

/** The line an offset is on. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, Math.max(0, offset)).split('\n').length
}
