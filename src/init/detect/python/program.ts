import { findAssets } from '../assets.js'
import { databaseVariable, findDataFolders, findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import type { Database, ListenChoice, Program, PythonBuild, PythonServe } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { matches, type Source } from '../source.js'
import { type FileTree, type Found, hasFile, inDir, whereIs, whereText } from '../tree.js'
import type { PythonApplication } from './application.js'
import { djangoHealth } from './django.js'
import type { Requirement } from './requirements.js'

const PORTS = [
  /(?:run_app|serve_forever|serve|HTTPServer|\.run|\.listen|TCPServer)\([^\n]*?\bport\s*=\s*(?<port>\d{2,5})/,
  /HTTPServer\(\s*\(\s*["'](?:[^"']*)["']\s*,\s*(?<port>\d{2,5})\s*\)/,
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
  build: PythonBuild
  application: PythonApplication | undefined
  sources: readonly Source[]
  requirements: readonly Requirement[]
}

/** The program of a Python project, with what its source tells. */
export function pythonProgram(tree: FileTree, dir: string, given: Given): Program {
  const { name, serve, application, sources } = given
  const reads = environmentReads(sources)
  // What is said there is said of this application, and not of another one of the repository.
  const isOwn = ({ file }: Source) => file === application?.at.file
  const listen = application ? servedOn(serve, application) : findListening(sources, reads, { ports: PORTS })
  const state = pythonDatabase(given, reads)
  const health = application?.django
    ? djangoHealth(sources)
    : findHealth([...sources].sort((one, other) => Number(isOwn(other)) - Number(isOwn(one))))
  const directory = sources.map((source) => ({
    ...source,
    // `StaticFiles(directory="static")`: the argument's name is in the way.
    text: source.text.replace(/\bdirectory\s*=\s*(?=["'])/g, (found) => ' '.repeat(found.length)),
  }))
  const assets = findAssets(tree, dir, directory, FILE_CALLS).filter(({ value }) => !value.endsWith('.py'))
  const folders = findDataFolders(tree, dir, reads)
  const notes = [...djangoNotes(given), ...factoryNotes(application), ...migrationNotes(tree, dir)]
  return serviceProgram(name, { reads, listen, health, state, folders, assets, notes })
}

function servedOn(serve: PythonServe, { at }: PythonApplication): Found<ListenChoice> {
  return { value: { listen: 'port', env: {}, why: `${serve.server} serves it on $PORT`, byInit: true }, at }
}

const BESIDE_SOURCE =
  /(?:BASE_DIR|basedir|ROOT(?:_DIR)?|__file__\)?)[^\n]{0,40}?["'](?<path>[\w.-]+\.(?:sqlite3?|db))["']/

function pythonDatabase(
  given: Given,
  reads: ReturnType<typeof environmentReads>,
): Found<Database> | undefined {
  const { sources, requirements, build } = given
  const [imported] = matches(sources, /^\s*import sqlite3\b|^\s*from sqlite3 import/m)
  const [engine] = matches(sources, /["']django\.db\.backends\.sqlite3["']/)
  const [url] = matches(sources, /["']sqlite(?:\+\w+)?:\/\/(?!\/:memory:|["'])/)
  const library = [imported, engine, url].find(Boolean)
  if (!library) return findState(sources, reads, undefined)
  const [beside] = matches(sources, BESIDE_SOURCE)
  if (beside && !reads.some(({ name, fallback }) => databaseVariable(name, fallback ?? ''))) {
    const moved = build.django?.database !== undefined
    const value = { path: beside.groups.path, variable: undefined, ...(moved ? {} : { besideSource: true }) }
    return { value, at: beside.at }
  }
  const found = findState(sources, reads, { value: 'sqlite', at: library.at })
  if (!found) return undefined
  const has = (name: string) => requirements.some((entry) => entry.name === name)
  // Flask-SQLAlchemy takes relative paths from the application's own folder.
  const flask = has('flask-sqlalchemy') && found.value.variable === undefined
  const byUrl = [
    'sqlalchemy',
    'flask-sqlalchemy',
    'sqlmodel',
    'databases',
    'dj-database-url',
    'django-environ',
  ].some(has)
  return {
    ...found,
    value: {
      ...found.value,
      ...(flask ? { besideSource: true } : {}),
      ...(byUrl ? { form: [has('aiosqlite') ? 'sqlite+aiosqlite:///' : 'sqlite:///', ''] as const } : {}),
    },
  }
}

function djangoNotes({ name, application, sources, build }: Given): string[] {
  if (!application?.django) return []
  const root = matches(sources, /^STATIC_ROOT\s*=/m)[0]?.at
  return [
    `migrations are not run by a deploy: \`slipway exec ${name} -- ${name}-manage migrate\``,
    ...(root && build.django?.collect === undefined
      ? [
          `static files: nothing serves STATIC_ROOT (${whereText(root)}). Where it is below the project and whitenoise is among the dependencies, the flake collects them and the application serves them`,
        ]
      : []),
  ]
}

function factoryNotes(application: PythonApplication | undefined): string[] {
  if (!application || application.needs.length === 0) return []
  const { needs, at } = application
  return [
    `${whereText(at)} can't be called without ${needs.join(', ')}: give ${needs.length > 1 ? 'them defaults' : 'it a default'}`,
  ]
}

function migrationNotes(tree: FileTree, dir: string): string[] {
  const file = inDir(dir, 'alembic.ini')
  if (!hasFile(tree, file)) return []
  const { line } = whereIs(tree, file, /script_location/)
  return [`${file}:${line}: migrations (alembic) are not run by a deploy`]
}
