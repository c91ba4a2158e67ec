import { strings, type Table, table, text } from '../manifest.js'
import type { PythonBuild, PythonServe } from '../project.js'
import type { Source } from '../source.js'
import { type FileTree, hasFile, inDir } from '../tree.js'
import type { PythonApplication } from './application.js'
import { nixpkgsNames, renamedDependencies } from './nixpkgs-names.js'
import { parseDependency } from './pep508.js'
import { normalise, type Requirement } from './requirements.js'
import type { SetupFile } from './setup-files.js'

/** What serves an application: what its dependencies name, else the usual one. */
export function served(
  tree: FileTree,
  dir: string,
  { protocol, app, factory }: PythonApplication,
  main: readonly Requirement[],
): PythonServe {
  const has = (name: string) => main.some((entry) => entry.name === name)
  if (protocol === 'asgi') return { server: has('hypercorn') ? 'hypercorn' : 'uvicorn', app, factory }
  const uwsgi = has('uwsgi') || has('pyuwsgi') || hasFile(tree, inDir(dir, 'uwsgi.ini'))
  return { server: uwsgi && !factory ? 'uwsgi' : 'gunicorn', app, factory }
}

/** A script of the package, or a file that is run as it is. */
export function startedItself(
  dir: string,
  pyproject: Table | undefined,
  setup: readonly SetupFile[],
  sources: readonly Source[],
): PythonServe | undefined {
  const scripts = [
    ...Object.keys(table(pyproject, 'project', 'scripts')),
    ...Object.keys(table(pyproject, 'tool', 'poetry', 'scripts')),
    ...setup.flatMap((one) => one.scripts),
  ]
  const packaged = table(pyproject, 'build-system')['build-backend'] !== undefined || setup.length > 0
  if (scripts[0] !== undefined && packaged) return { server: 'script', script: scripts[0] }
  const relative = (file: string) => (dir === '' ? file : file.slice(dir.length + 1))
  const main = ['server.py', 'main.py', 'app.py', '__main__.py'].map((name) => inDir(dir, name))
  const file =
    main.find((name) => sources.some((source) => source.file === name)) ??
    sources.find(({ text }) => /__name__\s*==\s*["']__main__["']/.test(text))?.file
  return file === undefined ? undefined : { server: 'file', file: relative(file) }
}

/** The server, where it isn't among the dependencies. */
export function addedServer(serve: PythonServe, main: readonly Requirement[]): string[] {
  if (serve.server === 'script' || serve.server === 'file' || serve.server === 'uwsgi') return []
  return nixpkgsNames(main).includes(serve.server) ? [] : [serve.server]
}

/** How it is installed: only where it is a package and not merely a folder of modules. */
export function installed(
  tree: FileTree,
  dir: string,
  pyproject: Table | undefined,
  serve: PythonServe,
  main: readonly Requirement[],
): PythonBuild['install'] {
  const byItself =
    serve.server === 'script' && ['setup.py', 'setup.cfg'].some((name) => hasFile(tree, inDir(dir, name)))
  const backend = text(pyproject, 'build-system', 'build-backend') ?? (byItself ? 'setuptools' : undefined)
  if (backend === undefined || serve.server === 'file') return undefined
  if (table(pyproject, 'tool', 'poetry')['package-mode'] === false) return undefined
  const requires = strings(pyproject, 'build-system', 'requires').flatMap(
    (line) => parseDependency(line)?.name ?? [],
  )
  const project = text(pyproject, 'project', 'version') !== undefined
  const poetry = text(pyproject, 'tool', 'poetry', 'version') !== undefined
  const path = project ? ['project', 'version'] : poetry ? ['tool', 'poetry', 'version'] : undefined
  return {
    buildSystem: requires.length > 0 ? requires.map(normalise) : ['setuptools'],
    version: path && { file: 'pyproject.toml', path },
    dependencies: nixpkgsNames(main),
    renamed: renamedDependencies(main),
  }
}
