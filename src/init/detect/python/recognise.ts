import { usageError } from '../../../errors.js'
import { readToml, strings, type Table, table, text } from '../manifest.js'
import type { Fact, Project, PythonBuild, PythonServe } from '../project.js'
import { folderName } from '../sites/site.js'
import { readSources, type Source } from '../source.js'
import { findTool } from '../tools.js'
import { counted, type FileTree, filesIn, hasDir, hasFile, inDir, whereIs } from '../tree.js'
import { findApplication, type PythonApplication } from './application.js'
import { interpreterFor } from './interpreter.js'
import { nixpkgsNames, renamedDependencies } from './nixpkgs-names.js'
import { pythonProgram } from './program.js'
import { checkPythonLock, normalise, type Requirement, readRequirements } from './requirements.js'

const SKIPPED =
  /(?:^|\/)(?:tests?|\.venv|venv|env|migrations|docs|examples|scripts|node_modules)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks)\.py$/

/** A Python application, where a folder has one of Python's manifests. */
export function recognisePython(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'pyproject.toml')
  const pyproject = hasFile(tree, file) ? readToml(tree, file) : undefined
  const manifest = [file, inDir(dir, 'requirements.txt'), inDir(dir, 'manage.py')].find((name) =>
    hasFile(tree, name),
  )
  if (manifest === undefined) return undefined
  const files = filesIn(tree, dir).filter(
    (name) => name.endsWith('.py') && !SKIPPED.test(dir === '' ? name : name.slice(dir.length + 1)),
  )
  if (files.length === 0) return undefined
  const sources = readSources(tree, files, 'python')
  const requirements = readRequirements(tree, dir, pyproject)
  checkPythonLock(tree, dir, requirements.main)
  const application = findApplication(tree, dir, sources)
  const serve = application
    ? served(tree, dir, application, requirements.main)
    : startedItself(dir, pyproject, sources)
  if (!serve) {
    if (pyproject === undefined || table(pyproject, 'project', 'dependencies') === undefined) return undefined
    throw nothingToRun(manifest)
  }
  const name =
    text(pyproject, 'project', 'name') ?? text(pyproject, 'tool', 'poetry', 'name') ?? folderName(tree, dir)
  const wanted =
    text(pyproject, 'project', 'requires-python') ??
    text(pyproject, 'tool', 'poetry', 'dependencies', 'python')
  const all = [...requirements.main, ...requirements.development].map((entry) => entry.name)
  const added = addedServer(serve, requirements.main)
  const ruff =
    pyproject?.tool !== undefined && table(pyproject, 'tool').ruff !== undefined
      ? whereIs(tree, file, /^\[tool\.ruff/)
      : (placeOf(tree, inDir(dir, 'ruff.toml')) ?? findTool(tree, dir, /\bruff\b/)?.at)
  const hasTests = ['tests', 'test'].some((folder) => hasDir(tree, inDir(dir, folder)))
  const build: PythonBuild = {
    kind: 'python',
    pname: normalise(name),
    interpreter: interpreterFor(wanted),
    dependencies: [...new Set([...nixpkgsNames(requirements.main), ...added])].sort(),
    sourceRoot: application?.at.file.startsWith(`${inDir(dir, 'src')}/`) ? 'src' : '',
    install: installed(pyproject, serve, requirements.main),
    serve,
    manage: application?.framework === 'Django',
    checks: { ruff: ruff !== undefined, pytest: all.includes('pytest') && hasTests },
  }
  const facts: Fact[] = [
    ...(application
      ? [
          {
            label: 'application',
            text: `${application.framework}, ${application.app}${application.factory ? '()' : ''}`,
            at: application.at,
          },
        ]
      : []),
    {
      label: 'dependencies',
      text: `${counted(build.dependencies.length, 'package')} of nixpkgs, in its versions`,
      at: { file: manifest, line: 1 },
    },
    ...(ruff ? [{ label: 'checks', text: 'ruff, since the repository uses it', at: ruff }] : []),
  ]
  const notes = [
    ...added.map((server) => `${server} isn't among the dependencies: the flake adds it`),
    ...requirements.foreign.map(
      (line) => `"${line}" is no package of an index: add it to the flake yourself`,
    ),
  ]
  return {
    dir,
    name,
    description:
      text(pyproject, 'project', 'description') ?? text(pyproject, 'tool', 'poetry', 'description'),
    what: application ? `${application.framework} application` : 'Python program',
    at: pyproject ? whereIs(tree, file, /^\s*name\s*=/) : { file: manifest, line: 1 },
    build,
    programs: [
      pythonProgram(tree, dir, { name, serve, application, sources, requirements: requirements.main }),
    ],
    facts,
    notes,
  }
}

function placeOf(tree: FileTree, file: string) {
  return hasFile(tree, file) ? { file, line: 1 } : undefined
}

function served(
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
function startedItself(
  dir: string,
  pyproject: Table | undefined,
  sources: readonly Source[],
): PythonServe | undefined {
  const scripts = Object.keys({
    ...table(pyproject, 'project', 'scripts'),
    ...table(pyproject, 'tool', 'poetry', 'scripts'),
  })
  if (scripts[0] !== undefined && table(pyproject, 'build-system')['build-backend'] !== undefined) {
    return { server: 'script', script: scripts[0] }
  }
  const relative = (file: string) => (dir === '' ? file : file.slice(dir.length + 1))
  const main = ['server.py', 'main.py', 'app.py', '__main__.py'].map((name) => inDir(dir, name))
  const file =
    main.find((name) => sources.some((source) => source.file === name)) ??
    sources.find(({ text }) => /__name__\s*==\s*["']__main__["']/.test(text))?.file
  return file === undefined ? undefined : { server: 'file', file: relative(file) }
}

function addedServer(serve: PythonServe, main: readonly Requirement[]): string[] {
  if (serve.server === 'script' || serve.server === 'file' || serve.server === 'uwsgi') return []
  return nixpkgsNames(main).includes(serve.server) ? [] : [serve.server]
}

/** How it is installed: only where it is a package and not merely a folder of modules. */
function installed(
  pyproject: Table | undefined,
  serve: PythonServe,
  main: readonly Requirement[],
): PythonBuild['install'] {
  const backend = text(pyproject, 'build-system', 'build-backend')
  if (backend === undefined || serve.server === 'file') return undefined
  if (table(pyproject, 'tool', 'poetry')['package-mode'] === false) return undefined
  const requires = strings(pyproject, 'build-system', 'requires').map((line) =>
    normalise(/^[\w.-]+/.exec(line)?.[0] ?? ''),
  )
  const project = text(pyproject, 'project', 'version') !== undefined
  const poetry = text(pyproject, 'tool', 'poetry', 'version') !== undefined
  const path = project ? ['project', 'version'] : poetry ? ['tool', 'poetry', 'version'] : undefined
  return {
    buildSystem: requires.filter(Boolean),
    version: path && { file: 'pyproject.toml', path },
    dependencies: nixpkgsNames(main),
    renamed: renamedDependencies(main),
  }
}

function nothingToRun(manifest: string) {
  return usageError({
    what: `${manifest} is of a Python project with no program to run`,
    why: 'Looked for an application of Flask, Django, FastAPI, Starlette, Litestar, Quart or Bottle, for [project.scripts], and for main.py, app.py and server.py.',
    still: 'Nothing was written.',
    next: 'Add a program, or run `slipway init` where one is.',
  })
}
