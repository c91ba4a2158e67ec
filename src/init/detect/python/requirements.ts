import { usageError } from '../../../errors.js'
import { list, readToml, strings, type Table, table, text } from '../manifest.js'
import { type FileTree, hasFile, inDir, literal, whereIs } from '../tree.js'

/** A dependency as it is asked for. */
export interface Requirement {
  /** Normalised: lower case, with dashes. */
  name: string
  extras: string[]
  file: string
}

/** What a Python project asks for, and for its development. */
export interface Requirements {
  main: Requirement[]
  development: Requirement[]
  /** Lines that name no package of an index: `git+https://…`. */
  foreign: string[]
}

/** The dependencies of a project: `pyproject.toml` in any of its forms, else `requirements.txt`. */
export function readRequirements(tree: FileTree, dir: string, pyproject: Table | undefined): Requirements {
  const file = inDir(dir, 'pyproject.toml')
  const found: Requirements = { main: [], development: [], foreign: [] }
  if (pyproject) {
    found.main.push(
      ...strings(pyproject, 'project', 'dependencies').flatMap((line) => requirement(line, file)),
    )
    found.main.push(...poetry(table(pyproject, 'tool', 'poetry', 'dependencies'), file))
    const groups = [
      ...Object.values(table(pyproject, 'dependency-groups')),
      ...Object.values(table(pyproject, 'project', 'optional-dependencies')),
      table(pyproject, 'tool', 'uv')['dev-dependencies'],
    ]
    for (const group of groups) {
      found.development.push(...strings({ group }, 'group').flatMap((line) => requirement(line, file)))
    }
    const poetryGroups = Object.values(table(pyproject, 'tool', 'poetry', 'group')).map((group) =>
      table(group, 'dependencies'),
    )
    for (const group of [...poetryGroups, table(pyproject, 'tool', 'poetry', 'dev-dependencies')]) {
      found.development.push(...poetry(group, file))
    }
  }
  if (found.main.length === 0) readLines(tree, inDir(dir, 'requirements.txt'), found)
  for (const name of ['requirements-dev.txt', 'dev-requirements.txt', 'requirements/dev.txt']) {
    const extra: Requirements = { main: [], development: [], foreign: [] }
    readLines(tree, inDir(dir, name), extra)
    found.development.push(...extra.main)
  }
  return found
}

function readLines(tree: FileTree, file: string, found: Requirements, seen: string[] = []): void {
  for (const raw of (tree.read(file) ?? '').replace(/\\\n/g, ' ').split('\n')) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    const included = /^(?:-r|--requirement)[\s=]+(\S+)/.exec(line)?.[1]
    if (included !== undefined) {
      const next = inDir(file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '', included)
      const known = [...seen, file]
      if (!known.includes(next)) readLines(tree, next, found, known)
    } else if (/^(?:git|hg|https?|file)\b.*[:+]|^-e\s+(?!\.)/.test(line)) found.foreign.push(line)
    else if (line !== '' && !line.startsWith('-')) found.main.push(...requirement(line, file))
  }
}

/** PEP 508: a name, extras, versions, a marker. */
function requirement(line: string, file: string): Requirement[] {
  const match = /^([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?/.exec(line.trim())
  if (!match?.[1]) return []
  if (/;.*(?:win32|Windows|darwin|python_version\s*<)/.test(line)) return []
  const extras = (match[2] ?? '')
    .split(',')
    .map((extra) => extra.trim())
    .filter(Boolean)
  return [{ name: normalise(match[1]), extras, file }]
}

function poetry(dependencies: Table, file: string): Requirement[] {
  return Object.entries(dependencies)
    .filter(([name, spec]) => name !== 'python' && table(spec).optional !== true)
    .map(([name, spec]) => ({ name: normalise(name), extras: strings(spec, 'extras'), file }))
}

/** A package's name as indexes compare it. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** Refuses a `uv.lock` or `poetry.lock` that lacks what the project depends on. */
export function checkPythonLock(tree: FileTree, dir: string, wanted: readonly Requirement[]): void {
  for (const [name, remedy] of [
    ['uv.lock', 'uv lock'],
    ['poetry.lock', 'poetry lock'],
  ] as const) {
    const file = inDir(dir, name)
    if (!hasFile(tree, file)) continue
    const locked = new Set(
      list(readToml(tree, file), 'package').map((entry) => normalise(text(entry, 'name') ?? '')),
    )
    const missing = wanted.find((entry) => !locked.has(entry.name))
    if (!missing) continue
    const { line } = whereIs(
      tree,
      missing.file,
      new RegExp(literal(missing.name).replaceAll('-', '[-_.]'), 'i'),
    )
    throw usageError({
      what: `${file} doesn't have ${missing.name}, which ${missing.file}:${line} depends on`,
      still: 'Nothing was written.',
      next: `Run \`${remedy}\`, commit ${name}, and try again.`,
    })
  }
}
