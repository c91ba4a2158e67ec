import { parse, TomlError } from 'smol-toml'
import { usageError } from '../../errors.js'
import { lineAt } from './source.js'
import type { FileTree } from './tree.js'

/** A parsed manifest: nothing in it is taken for granted. */
export type Table = Record<string, unknown>

/** Reads a TOML file that is there. */
export function readToml(tree: FileTree, file: string): Table {
  const text = textOf(tree, file)
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    throw broken(file, `:${error.line}:${error.column}`, text, reason)
  }
}

/** Reads a JSON file that is there and holds an object. */
export function readJson(tree: FileTree, file: string): Table {
  const text = textOf(tree, file)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const offset = /position (\d+)/.exec(reason)?.[1]
    const line = offset === undefined ? '' : `:${lineAt(text, Number(offset))}`
    throw broken(file, line, text, reason)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(file, 'it holds no object')
  }
  return value as Table
}

/**
 * The text of a file that is there.
 * @throws SlipwayError where it can't be read.
 */
export function textOf(tree: FileTree, file: string): string {
  const text = tree.read(file)
  if (text === undefined) throw unreadable(file, tree.unread.get(file) ?? 'it is not there')
  return text
}

/** What git leaves in a file whose two versions it could not join. */
const MERGE_MARK = /^<{7}(?: |$)/m

function broken(file: string, where: string, content: string, reason: string) {
  const mark = content.search(MERGE_MARK)
  if (mark < 0) return unreadable(`${file}${where}`, reason)
  return unreadable(`${file}:${lineAt(content, mark)}`, 'it has the marks of a merge that was not resolved')
}

/** The error for a manifest that can't be read. */
export function unreadable(where: string, why: string) {
  return usageError({
    what: `${where} can't be read`,
    why,
    still: 'Nothing was written.',
    next: 'Correct it and try again.',
  })
}

/** A table in a table; an empty one where there is none. */
export function table(value: unknown, ...path: string[]): Table {
  let current = value
  for (const key of path) current = isTable(current) ? current[key] : undefined
  return isTable(current) ? current : {}
}

/** A string in a table. */
export function text(value: unknown, ...path: string[]): string | undefined {
  const key = path.at(-1) ?? ''
  const found = table(value, ...path.slice(0, -1))[key]
  return typeof found === 'string' ? found : undefined
}

/** The tables or strings of an array in a table. */
export function list(value: unknown, ...path: string[]): unknown[] {
  const key = path.at(-1) ?? ''
  const found = table(value, ...path.slice(0, -1))[key]
  return Array.isArray(found) ? found : []
}

/** The strings of an array in a table. */
export function strings(value: unknown, ...path: string[]): string[] {
  return list(value, ...path).filter((entry): entry is string => typeof entry === 'string')
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
