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

/** A source's text with its comments blanked out. A Rust file's tests at its end are left out too. */
export function withoutComments(raw: string, syntax: Syntax): string {
  const text = raw.replace(TOKENS[syntax], (token, ...rest) => {
    const groups = rest.at(-1) as { keep?: string }
    return groups.keep === undefined ? token.replace(/[^\n]/g, ' ') : token
  })
  return syntax === 'rust' ? text.replace(/#\[cfg\(test\)\]\s*mod\s+\w+\s*\{[\s\S]*$/, '') : text
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
