import { findAssets } from '../assets.js'
import { findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import type { Database, ListenChoice, Program, PythonServe } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { matches, type Source } from '../source.js'
import { type FileTree, type Found, hasFile, inDir, whereIs } from '../tree.js'
import type { PythonApplication } from './application.js'
import type { Requirement } from './requirements.js'

const PORTS = [
  /(?:run_app|serve_forever|serve|HTTPServer|\.run|\.listen|TCPServer)\([^\n]*?\bport\s*=\s*(?<port>\d{2,5})/,
  /HTTPServer\(\s*\(\s*["'](?<host>[^"']*)["']\s*,\s*(?<port>\d{2,5})\s*\)/,
  /\.listen\(\s*(?<port>\d{2,5})/,
  /^\s*PORT\s*(?::\s*int\s*)?=\s*(?<port>\d{2,5})/m,
]
const FILE_CALLS = [
  'open',
  'StaticFiles',
  'Jinja2Templates',
  'FileSystemLoader',
  'Path',
  'send_from_directory',
  'read_text',
]

interface Given {
  name: string
  serve: PythonServe
  application: PythonApplication | undefined
  sources: readonly Source[]
  requirements: readonly Requirement[]
}

/** The program of a Python project, with what its source tells. */
export function pythonProgram(tree: FileTree, dir: string, given: Given): Program {
  const { name, serve, application, sources } = given
  const reads = environmentReads(sources)
  const listen = application ? servedOn(serve, application) : findListening(sources, reads, { ports: PORTS })
  const state = pythonDatabase(given, reads)
  const health = application?.framework === 'Django' ? djangoHealth(sources) : findHealth(sources)
  const directory = sources.map((source) => ({
    ...source,
    // `StaticFiles(directory="static")`: the argument's name is in the way.
    text: source.text.replace(/\bdirectory\s*=\s*(?=["'])/g, (found) => ' '.repeat(found.length)),
  }))
  const assets = findAssets(tree, dir, directory, FILE_CALLS).filter(({ value }) => !value.endsWith('.py'))
  const notes = [...djangoNotes(name, application, sources), ...migrationNotes(tree, dir)]
  return serviceProgram(name, { reads, listen, health, state, assets, notes })
}

function servedOn(serve: PythonServe, { at }: PythonApplication): Found<ListenChoice> {
  return { value: { listen: 'port', env: {}, why: `${serve.server} serves it on $PORT`, byInit: true }, at }
}

function pythonDatabase(
  { sources, requirements }: Given,
  reads: ReturnType<typeof environmentReads>,
): Found<Database> | undefined {
  const [imported] = matches(sources, /^\s*import sqlite3\b|^\s*from sqlite3 import/m)
  const [engine] = matches(sources, /["']django\.db\.backends\.sqlite3["']/)
  const [url] = matches(sources, /["']sqlite(?:\+\w+)?:\/\/(?!\/:memory:|["'])/)
  const library = [imported, engine, url].find(Boolean)
  if (!library) return findState(sources, reads, undefined)
  const [beside] = matches(
    sources,
    /(?:BASE_DIR|basedir|ROOT|__file__\)?)[^\n]{0,40}?["'](?<path>[\w.-]+\.(?:sqlite3?|db))["']/,
  )
  if (beside && !reads.some(({ name }) => /^(?:DATABASE_URL|DB_PATH|SQLITE_PATH)$/.test(name))) {
    return { value: { path: beside.groups.path, variable: undefined, besideSource: true }, at: beside.at }
  }
  const found = findState(sources, reads, { value: 'sqlite', at: library.at })
  // Flask-SQLAlchemy takes relative paths from the application's own folder.
  const flask =
    requirements.some(({ name }) => name === 'flask-sqlalchemy') && found?.value.variable === undefined
  return found && { ...found, value: { ...found.value, ...(flask ? { besideSource: true } : {}) } }
}

/** Django's paths have no slash in front. */
function djangoHealth(sources: readonly Source[]) {
  const [match] = matches(
    sources.filter(({ file }) => file.endsWith('urls.py')),
    /\bpath\(\s*["'](?<path>_?health[\w-]*\/?|healthz\/?|ping\/?|up\/?)["']/,
  )
  return {
    health: match && { value: { path: `/${match.groups.path}`, guess: false }, at: match.at },
    note: undefined,
  }
}

function djangoNotes(
  name: string,
  application: PythonApplication | undefined,
  sources: readonly Source[],
): string[] {
  if (application?.framework !== 'Django') return []
  const [root] = matches(sources, /^STATIC_ROOT\s*=/m)
  const manage = `slipway exec ${name} -- ${name}-manage`
  return [
    `migrations are not run by a deploy: \`${manage} migrate\``,
    ...(root
      ? [
          `static files: collectstatic fills STATIC_ROOT (${root.at.file}:${root.at.line}); put it below $STATE_DIRECTORY and run \`${manage} collectstatic\``,
        ]
      : []),
  ]
}

function migrationNotes(tree: FileTree, dir: string): string[] {
  const file = inDir(dir, 'alembic.ini')
  if (!hasFile(tree, file)) return []
  const { line } = whereIs(tree, file, /script_location/)
  return [`${file}:${line}: migrations (alembic) are not run by a deploy`]
}
