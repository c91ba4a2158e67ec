import { unreadable } from '../manifest.js'
import { dirOf, type FileTree, type Found, joinPath, type Where, whereText } from '../tree.js'

/** A line of a requirements file that asks for something. */
export interface RequirementsLine {
  text: string
  at: Where
}

const INCLUDE = /^(?:-r|--requirement)(?:\s+|=|(?=[^\s-]))(.+)$/
const EDITABLE = /^(?:-e|--editable)(?:\s+|=)(.+)$/

/**
 * Reads a requirements file as pip does (https://pip.pypa.io/en/stable/reference/requirements-file-format/): lines
 * that go on, comments, `-r`. Constraints (`-c`) name versions, and nixpkgs has its own.
 */
export function readRequirementsFile(tree: FileTree, file: string): RequirementsLine[] {
  return linesOf(tree, file).flatMap(({ text, at }) => {
    const asked = EDITABLE.exec(text)?.[1] ?? text
    return asked.startsWith('-') ? [] : [{ text: withoutOptions(asked), at }]
  })
}

const INDEX = /^(?:-i|-f|--(?:extra-)?index-url|--find-links)(?:\s+|=)["']?(\w+:\/\/\S+?)["']?(?:\s|$)/

/** The servers beside the usual index that a requirements file has packages looked for on. */
export function otherIndexes(tree: FileTree, file: string): Found<string>[] {
  const found = linesOf(tree, file).flatMap(({ text, at }) => {
    // Variables and passwords may be in the address, but not in the server's name.
    const host = INDEX.exec(text)?.[1]
      ?.replace(/^\w+:\/\/(?:[^/@]*@)?/, '')
      .split(/[/?#]/)[0]
    return host === undefined || /^pypi(?:\.python)?\.org$/.test(host) ? [] : [{ value: host, at }]
  })
  return [...new Map(found.reverse().map((one) => [one.value, one])).values()].reverse()
}

/** The lines of a requirements file and of those that it includes. */
function linesOf(tree: FileTree, file: string, seen: string[] = []): RequirementsLine[] {
  return logicalLines(tree.read(file) ?? '').flatMap(({ text, line }) => {
    const at = { file, line }
    const included = INCLUDE.exec(text)?.[1]
    if (included === undefined) return [{ text, at }]
    const next = joinPath(dirOf(file), included.replace(/^(["'])(.*)\1$/, '$2'))
    if (next === undefined || tree.read(next) === undefined) {
      throw unreadable(whereText(at), `it includes ${included}, which is not there`)
    }
    const known = [...seen, file]
    return known.includes(next) ? [] : linesOf(tree, next, known)
  })
}

/** Lines put together at their backslashes, without comments and empty ones. */
function logicalLines(text: string): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = []
  let open: { text: string; line: number } | undefined
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    // A comment ends a line that would go on.
    const comment = /(?:^|\s)#.*$/.exec(raw)
    const goesOn = comment === null && raw.endsWith('\\')
    const part = comment ? raw.slice(0, comment.index) : goesOn ? raw.slice(0, -1) : raw
    open = { text: `${open?.text ?? ''}${part}`, line: open?.line ?? index + 1 }
    if (goesOn) continue
    found.push(open)
    open = undefined
  }
  if (open) found.push(open)
  return found
    .map(({ text: all, line }) => ({ text: all.trim(), line }))
    .filter(({ text: all }) => all !== '')
}

/** `--hash=…`, `--config-settings …`: options of one package follow it. */
function withoutOptions(text: string): string {
  return text.replace(/\s--[a-z].*$/s, '')
}
