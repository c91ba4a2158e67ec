import { readToml, strings, type Table, table, text, unreadable } from '../manifest.js'
import {
  type FileTree,
  type Found,
  filesIn,
  hasFile,
  inDir,
  literal,
  type Where,
  whereIs,
  whereText,
} from '../tree.js'
import { applies, markerEnvironment } from './markers.js'
import { parseDependency } from './pep508.js'
import { readRequirementsFile } from './requirements-file.js'
import type { SetupFile } from './setup-files.js'

/** A dependency as it is asked for. */
export interface Requirement {
  /** Normalised: lower case, with dashes. */
  name: string
  extras: string[]
  at: Where
}

/** What a Python project asks for, and for its development. */
export interface Requirements {
  main: Requirement[]
  development: Requirement[]
  /** What names no package of an index: `git+https://…`, a folder. */
  foreign: Found<string>[]
  /** The file that says it; undefined where none does. */
  file: string | undefined
}

/** What the dependencies of a project are read from. */
interface Source {
  tree: FileTree
  dir: string
  pyproject: Table | undefined
  setup: readonly SetupFile[]
  /** The Python it runs with, for markers: `3.<minor>`. */
  minor: number
}

/** The dependencies of a project, from the first of its files that names any. */
export function readRequirements(source: Source): Requirements {
  for (const read of [fromPyproject, fromPipfile, fromSetupFiles, fromRequirementsFiles]) {
    const found = read(source)
    if (found.main.length > 0 || found.foreign.length > 0) {
      const { development } = fromDevelopmentFiles(source)
      return { ...found, development: [...found.development, ...development] }
    }
  }
  return { ...nothing(), ...fromDevelopmentFiles(source) }
}

function nothing(): Requirements {
  return { main: [], development: [], foreign: [], file: undefined }
}

/** PEP 621 with its groups, and Poetry's tables. */
function fromPyproject(source: Source): Requirements {
  const { tree, dir, pyproject } = source
  if (!pyproject) return nothing()
  const file = inDir(dir, 'pyproject.toml')
  const place = (line: string) => whereIs(tree, file, new RegExp(literal(line)))
  const read = (lines: readonly string[]) => lines.map((line) => entryOf(source, line, place(line)))
  const project = read(strings(pyproject, 'project', 'dependencies'))
  const dynamic = dynamicFiles(pyproject).flatMap((name) => readFile(source, inDir(dir, name)))
  const groupsOfPoetry = Object.entries(table(pyproject, 'tool', 'poetry', 'group')).map(([name, group]) => ({
    needed: table(group).optional !== true && !DEVELOPMENT_GROUP.test(name),
    dependencies: table(group, 'dependencies'),
  }))
  const main = [
    ...project,
    ...dynamic,
    ...[
      table(pyproject, 'tool', 'poetry', 'dependencies'),
      ...groupsOfPoetry.filter(({ needed }) => needed).map(({ dependencies }) => dependencies),
    ].flatMap((dependencies) => poetry(source, dependencies, file)),
  ]
  const groups = [
    ...Object.values(table(pyproject, 'dependency-groups')),
    ...Object.values(table(pyproject, 'project', 'optional-dependencies')),
    ...Object.values(table(pyproject, 'tool', 'pdm', 'dev-dependencies')),
    table(pyproject, 'tool', 'uv')['dev-dependencies'],
  ]
  const poetryGroups = [
    ...groupsOfPoetry.filter(({ needed }) => !needed).map(({ dependencies }) => dependencies),
    table(pyproject, 'tool', 'poetry', 'dev-dependencies'),
  ]
  const development = [
    ...groups.flatMap((group) => read(strings({ group }, 'group'))),
    ...poetryGroups.flatMap((group) => poetry(source, group, file)),
  ]
  // What uv takes from elsewhere than the index is named as if it were of it.
  const elsewhere = new Set(
    Object.entries(table(pyproject, 'tool', 'uv', 'sources'))
      .filter(([, spec]) => text(spec, 'index') === undefined)
      .map(([name]) => normalise(name)),
  )
  return collect(
    main.map((entry) => moved(entry, elsewhere)),
    development,
    file,
  )
}

/** What people call a group of Poetry that nothing which runs needs; the others are installed by default. */
const DEVELOPMENT_GROUP = /dev|test|lint|format|typ(?:e|ing)|docs?$|mypy|ci$|qa|notebook|release|tool/i

function moved(entry: Entry, elsewhere: ReadonlySet<string>): Entry {
  if (!entry?.requirement || !elsewhere.has(entry.requirement.name)) return entry
  return { foreign: { value: entry.requirement.name, at: entry.requirement.at } }
}

/** Files that setuptools reads the dependencies from: `dependencies = { file = ["requirements.txt"] }`. */
function dynamicFiles(pyproject: Table): string[] {
  const { file } = table(pyproject, 'tool', 'setuptools', 'dynamic', 'dependencies')
  return typeof file === 'string' ? [file] : strings({ file }, 'file')
}

/** Poetry's and Pipenv's tables: a version, or a table with one, or several for several environments. */
function poetry(source: Source, dependencies: Table, file: string): Entry[] {
  return Object.entries(dependencies)
    .filter(([name]) => name !== 'python')
    .map(([name, given]) => {
      const at = whereIs(
        source.tree,
        file,
        new RegExp(`^\\s*["']?${literal(name)}["']?\\s*=|\\.${literal(name)}\\]`),
      )
      const specs = (Array.isArray(given) ? given : [given]).filter(
        (spec) => table(spec).optional !== true && isForHere(source, spec),
      )
      const [spec] = specs
      if (spec === undefined) return undefined
      const elsewhere = ['git', 'path', 'file', 'url'].find((kind) => text(spec, kind) !== undefined)
      if (elsewhere !== undefined)
        return { foreign: { value: `${name} (${elsewhere} ${text(spec, elsewhere)})`, at } }
      return { requirement: { name: normalise(name), extras: strings(spec, 'extras'), at } }
    })
}

/** `markers`, `python`, `platform` and Pipenv's own keys of a table. */
function isForHere({ minor }: Source, spec: unknown): boolean {
  const compared = (name: string, key: string) => {
    const [, operator = '==', value] = /^([<>=!~]*)\s*["']?(.*?)["']?$/.exec(text(spec, key) ?? '') ?? []
    return value ? [`${name} ${operator || '=='} "${value}"`] : []
  }
  const markers = [
    ...(text(spec, 'markers') === undefined ? [] : [`(${text(spec, 'markers')})`]),
    ...compared('sys_platform', 'platform'),
    ...compared('sys_platform', 'sys_platform'),
    ...compared('os_name', 'os_name'),
    ...compared('platform_system', 'platform_system'),
  ]
  const marker = markers.length === 0 ? undefined : parseDependency(`x; ${markers.join(' and ')}`)?.marker
  return applies(marker, markerEnvironment(minor))
}

function fromPipfile(source: Source): Requirements {
  const file = inDir(source.dir, 'Pipfile')
  if (!hasFile(source.tree, file)) return nothing()
  const pipfile = readToml(source.tree, file)
  return collect(
    poetry(source, table(pipfile, 'packages'), file),
    poetry(source, table(pipfile, 'dev-packages'), file),
    file,
  )
}

function fromSetupFiles(source: Source): Requirements {
  const setup = source.setup.find(({ requires }) => requires !== undefined && requires.length > 0)
  if (!setup) return nothing()
  const entries = (setup.requires ?? []).map((line) =>
    entryOf(source, line, whereIs(source.tree, setup.file, new RegExp(literal(line)))),
  )
  return collect(entries, [], setup.file)
}

/** What a service runs with, before what is for everything. */
const FILES = [
  'requirements.txt',
  'requirements/production.txt',
  'requirements/prod.txt',
  'requirements/deploy.txt',
  'requirements-prod.txt',
  'requirements-production.txt',
  'requirements/base.txt',
  'requirements/common.txt',
  'requirements/main.txt',
  'requirements/requirements.txt',
  'requirements/default.txt',
  'requirements.in',
  'requirements/base.in',
]

/** The file of pip that a service's dependencies are in. */
export function requirementsFile(tree: FileTree, dir: string): string | undefined {
  const known = FILES.map((name) => inDir(dir, name)).find((name) => hasFile(tree, name))
  if (known !== undefined) return known
  const others = filesIn(tree, inDir(dir, 'requirements')).filter((name) => name.endsWith('.txt'))
  return others.length === 1 ? others[0] : undefined
}

function fromRequirementsFiles(source: Source): Requirements {
  const file = requirementsFile(source.tree, source.dir)
  return file === undefined ? nothing() : collect(readFile(source, file), [], file)
}

const DEVELOPMENT_FILES = [
  'requirements-dev.txt',
  'requirements_dev.txt',
  'dev-requirements.txt',
  'requirements-test.txt',
  'requirements/dev.txt',
  'requirements/development.txt',
  'requirements/local.txt',
  'requirements/test.txt',
]

function fromDevelopmentFiles(source: Source): Pick<Requirements, 'development'> {
  const files = DEVELOPMENT_FILES.map((name) => inDir(source.dir, name)).filter((name) =>
    hasFile(source.tree, name),
  )
  return {
    development: collect(
      [],
      files.flatMap((name) => readFile(source, name)),
      undefined,
    ).development,
  }
}

function readFile(source: Source, file: string): Entry[] {
  return readRequirementsFile(source.tree, file).map(({ text: line, at }) => entryOf(source, line, at))
}

/** A line's dependency; undefined where it is none here: its marker is of elsewhere, or it is the project itself. */
type Entry = { requirement?: Requirement; foreign?: Found<string> } | undefined

/** What is no name: a URL, a path. */
const ADDRESS = /^(?:[a-z+]+:|\.{0,2}\/|\S*\.(?:whl|zip|tar\.\w+|tgz)(?:\s|$))/

function entryOf({ minor }: Source, line: string, at: Where): Entry {
  if (/^\.(?:\[.*\])?$/.test(line)) return undefined
  if (ADDRESS.test(line)) return { foreign: { value: line, at } }
  const dependency = parseDependency(line)
  if (!dependency) throw unreadable(whereText(at), `"${line}" is no dependency as PEP 508 has them`)
  if (!applies(dependency.marker, markerEnvironment(minor))) return undefined
  if (dependency.url !== undefined) return { foreign: { value: line, at } }
  return { requirement: { name: normalise(dependency.name), extras: dependency.extras, at } }
}

function collect(
  main: readonly Entry[],
  development: readonly Entry[],
  file: string | undefined,
): Requirements {
  return {
    main: main.flatMap((entry) => entry?.requirement ?? []),
    development: development.flatMap((entry) => entry?.requirement ?? []),
    foreign: main.flatMap((entry) => entry?.foreign ?? []),
    file,
  }
}

/** A package's name as indexes compare it. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
