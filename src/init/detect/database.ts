import type { EnvironmentRead } from './environment.js'
import type { Database } from './project.js'
import { matches, type Source } from './source.js'
import type { Found } from './tree.js'

const FILE = String.raw`(?<path>[\w./-]+)`

/** Calls that open a SQLite database by a path in the source. */
const OPENS = [
  new RegExp(String.raw`["'\x60](?<url>sqlite3?:(?:\/\/\/?)?(?!:memory:)${FILE}[^"'\x60\s]*)["'\x60]`),
  new RegExp(
    String.raw`(?:Connection::open|sqlite3\.connect|aiosqlite\.connect|new (?:Database|DatabaseSync|sqlite3\.Database)|Open\(\s*"sqlite3?"\s*,|sqlite\.Open)\(?\s*["'\x60](?:file:)?(?!:memory:)${FILE}[^"'\x60\s]*["'\x60]`,
  ),
  /["'\x60](?<path>[\w./-]+\.(?:db|sqlite|sqlite3))["'\x60]/,
]

/** Variables that name a database. */
const DATABASE_VARIABLE = /(?:^|_)(?:DB|DATABASE|SQLITE)(?:_(?:PATH|FILE|URL|URI|DSN|NAME))?$/

/** A database by another name: the variable names a server, not a file. */
const SERVER_URL = /^(?:postgres|postgresql|mysql|mariadb|mongodb|redis)/

/** What a program keeps: a SQLite database, or files in the state directory that it asks for by name. */
export function findState(
  sources: readonly Source[],
  reads: readonly EnvironmentRead[],
  library: Found<string> | undefined,
): Found<Database> | undefined {
  const database = findDatabase(sources, reads, library)
  const folder = reads.find(({ name }) => name === 'STATE_DIRECTORY')
  return database ?? (folder && { value: { path: undefined, variable: undefined }, at: folder.at })
}

/** What the user should know where a database's place and the working directory don't go together. */
export function databaseNotes(state: Found<Database> | undefined, assets: readonly unknown[]): string[] {
  if (!state) return []
  const { path, variable, besideSource } = state.value
  const where = `${state.at.file}:${state.at.line}`
  const remedy = 'take its folder from $STATE_DIRECTORY, which slipway sets'
  if (besideSource)
    return [`${where} keeps the database beside the source, which is read-only where it runs: ${remedy}`]
  const relative = path !== undefined && variable === undefined && !path.startsWith('/')
  if (relative && assets.length > 0) {
    return [
      `${where} keeps the database in the working directory, which holds what it reads and is read-only: ${remedy}`,
    ]
  }
  return []
}

/** The SQLite database that a program with a SQLite library keeps. */
function findDatabase(
  sources: readonly Source[],
  reads: readonly EnvironmentRead[],
  library: Found<string> | undefined,
): Found<Database> | undefined {
  if (!library) return undefined
  const variable = reads.find(({ name, fallback }) => databaseVariable(name, fallback ?? ''))
  if (variable) {
    return { value: { path: variable.fallback, variable: variable.name }, at: variable.at }
  }
  for (const pattern of OPENS) {
    const [match] = matches(sources, pattern)
    if (match)
      return { value: { path: match.groups.url ?? match.groups.path, variable: undefined }, at: match.at }
  }
  return { value: { path: undefined, variable: undefined }, at: library.at }
}

/** Whether a variable with such a value names a SQLite database. */
export function databaseVariable(name: string, value: string): boolean {
  return (DATABASE_VARIABLE.test(name) || /\.(?:db|sqlite3?)$|^sqlite/.test(value)) && !SERVER_URL.test(value)
}

/** What a variable is set to, so that the database lies in the service's state directory. */
export function databaseInState(path: string | undefined, stateDir: string): string | undefined {
  if (path === undefined) return undefined
  const [, scheme = '', file = '', query = ''] =
    /^(sqlite3?:(?:\/\/\/?)?|file:)?([^?]*)(\?.*)?$/.exec(path) ?? []
  const name = file.split('/').at(-1)
  return name ? `${scheme}${stateDir}/${name}${query}` : undefined
}
