import { unreadable } from '../manifest.js'
import type { FileTree } from '../tree.js'

/** A directive of a `go.mod` or `go.work`: `require example.org/a v1.0.0`. */
export interface Directive {
  verb: string
  words: string[]
  line: number
}

/** A string, a word, or one of the marks that stand by themselves. */
const TOKEN = /"((?:\\.|[^"\\])*)"|`([^`]*)`|=>|[(),]|[^\s"`(),]+/g

/** Reads a file by the grammar of https://go.dev/ref/mod#go-mod-file-grammar. */
export function readModFile(tree: FileTree, file: string): Directive[] {
  const found: Directive[] = []
  let block: string | undefined
  for (const [index, raw] of (tree.read(file) ?? '')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1
    const tokens = [...withoutComment(raw).matchAll(TOKEN)].map(
      ([token, quoted, bare]) => quoted ?? bare ?? token,
    )
    const [first] = tokens
    if (first === undefined) continue
    if (block !== undefined && first === ')') block = undefined
    else if (block !== undefined) found.push({ verb: block, words: tokens, line })
    else if (tokens.at(-1) === '(' && tokens.length === 2) block = first
    else if (/^[a-z]+$/.test(first)) found.push({ verb: first, words: tokens.slice(1), line })
    else
      throw unreadable(
        `${file}:${line}`,
        `expected a directive such as "module" or "require", not "${first}"`,
      )
  }
  return found
}

/** A comment starts with two slashes that are in no string. */
function withoutComment(line: string): string {
  return line.replace(/("(?:\\.|[^"\\])*"|`[^`]*`)|\/\/.*$/g, (_, kept: string | undefined) => kept ?? '')
}
