import type { EnvironmentRead } from './environment.js'
import type { Database } from './project.js'
import { matches, type Source } from './source.js'
import { type FileTree, type Found, hasDir, joinPath } from './tree.js'

const FILE = String.raw`(?<path>[\w./-]+)`

/** Calls that open a SQLite database by a path in the source. */
const OPENS = [
  new RegExp(
    String.raw`["'\x60](?<url>sqlite3?(?:\+\w+)?:(?:\/\/\/?)?(?!:memory:)${FILE}[^"'\x60\s]*)["'\x60]`,
  ),
  new RegExp(
    String.raw`(?:Connection::open|sqlite3\.connect|aiosqlite\.connect|new (?:Database|DatabaseSync|sqlite3\.Database)|Open\(\s*"sqlite3?"\s*,|sqlite\.Open)\(?\s*["'\x60](?:file:)?(?!:memory:)${FILE}[^"'\x60\s]*["'\x60]`,
  ),
  /["'\x60](?<path>[\w./-]+\.(?:db|sqlite|sqlite3))["'\x60]/,
]

/** Variables that name a database. */
const DATABASE_VARIABLE = /(?:^|_)(?:DB|DATABASE|SQLITE)(?:_(?:PATH|FILE|URL|URI|DSN|NAME))?$/

/** A database by another name: the variable names a server, not a file. */
const SERVER_URL = /^(?:postgres|postgresql|mysql|mariadb|mongodb|redis)/

/** A program that can also speak to a server: nothing tells which database a variable without a value names. */
const SERVER = /\b(?:postgres(?:ql)?|psycopg2?|asyncpg|pgx|lib\/pq|mysql|mariadb|pymysql)\b/i

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

/** Why a database would not lie in the state directory, though nothing fails until it is written to. */
export function databaseProblem(
  state: Found<Database> | undefined,
  assets: readonly unknown[],
  stateDir: string,
): string | undefined {
  if (!state || state.value.variable !== undefined) return undefined
  const { path, besideSource } = state.value
  const file = path?.replace(SCHEME, '')
  if (besideSource) return 'beside the source, which is read-only where it runs'
  if (file === undefined) return undefined
  if (file.startsWith(`${stateDir}/`)) return undefined
  if (file.startsWith('/')) return `in ${file}, which no release keeps`
  return assets.length > 0
    ? 'in the working directory, which holds what it reads and is read-only'
    : undefined
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
    const path = variable.fallback === ':memory:' ? undefined : variable.fallback
    const maybeServer = path === undefined && matches(sources, SERVER).length > 0
    const value = { path, variable: variable.name, ...(maybeServer ? { maybeServer } : {}) }
    return { value, at: variable.at }
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

const SCHEME = /^(?:(?:jdbc:)?sqlite3?(?:\+\w+)?:(?:\/\/\/?)?|file:|Data Source=)/

/** What a variable is set to, so that the database lies in the service's state directory. */
export function databaseInState({ path, form }: Database, stateDir: string, service: string): string {
  const [scheme = ''] = SCHEME.exec(path ?? '') ?? []
  const [file = '', query] = (path ?? '').slice(scheme.length).split(/(?=\?)/)
  const name = file.split('/').at(-1)
  if (name) return `${scheme}${stateDir}/${name}${query ?? ''}`
  const [before, after] = form ?? ['', '']
  return `${before}${stateDir}/${service}.db${after}`
}

/** Variables that name a folder for what a program keeps. */
const FOLDER_VARIABLE =
  /^(?!STATE_DIRECTORY$)(?:[A-Z0-9]+_)*(?:DATA|STATE|STORAGE|UPLOADS?|MEDIA|DB|DATABASE)_?(?:DIR|DIRECTORY|FOLDER|ROOT)$/

/** Variables that say in which folder a program keeps files; those that name a folder of the repository do not. */
export function findDataFolders(
  tree: FileTree,
  dir: string,
  reads: readonly EnvironmentRead[],
): Found<string>[] {
  return reads
    .filter(
      ({ name, fallback }) =>
        FOLDER_VARIABLE.test(name) && !hasDir(tree, joinPath(dir, fallback ?? '..') ?? '..'),
    )
    .map(({ name, at }) => ({ value: name, at }))
}
