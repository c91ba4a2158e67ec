import { usageError } from '../../../errors.js'
import { databaseVariable } from '../database.js'
import { environmentReads } from '../environment.js'
import { readToml, strings, type Table, table, text } from '../manifest.js'
import type { DjangoBuild, Fact, Project, PythonBuild, PythonServe } from '../project.js'
import { folderName } from '../sites/site.js'
import { readSources, type Source } from '../source.js'
import { findTool } from '../tools.js'
import { counted, type FileTree, filesIn, hasDir, hasFile, inDir, whereIs, whereText } from '../tree.js'
import { findApplication, type PythonApplication } from './application.js'
import { besideDatabase, type DjangoProject, staticRoot } from './django.js'
import { type Interpreter, interpreterFor } from './interpreter.js'
import { checkPythonLock } from './locks.js'
import { nixpkgsNames, renamedDependencies } from './nixpkgs-names.js'
import { parseDependency } from './pep508.js'
import { pythonProgram } from './program.js'
import { normalise, type Requirement, readRequirements, requirementsFile } from './requirements.js'
import { readSetupCfg, readSetupPy, type SetupFile } from './setup-files.js'

const SKIPPED =
  /(?:^|\/)(?:tests?|\.venv|venv|env|migrations|docs|examples|scripts|node_modules)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks)\.py$/

/** A Python application, where a folder has one of Python's manifests. */
export function recognisePython(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'pyproject.toml')
  const pyproject = hasFile(tree, file) ? readToml(tree, file) : undefined
  const manifest = findManifest(tree, dir)
  if (manifest === undefined) return undefined
  const files = filesIn(tree, dir).filter(
    (name) => name.endsWith('.py') && !SKIPPED.test(dir === '' ? name : name.slice(dir.length + 1)),
  )
  if (files.length === 0) return undefined
  const sources = readSources(tree, files, 'python')
  const setup = [
    readSetupCfg(tree, inDir(dir, 'setup.cfg')),
    readSetupPy(tree, inDir(dir, 'setup.py')),
  ].filter((one) => one !== undefined)
  const interpreter = findInterpreter(tree, dir, pyproject, setup)
  const requirements = readRequirements({ tree, dir, pyproject, setup, minor: interpreter.minor })
  checkPythonLock(tree, dir, requirements.main)
  const application = findApplication(tree, dir, sources)
  const serve = application
    ? served(tree, dir, application, requirements.main)
    : startedItself(dir, pyproject, setup, sources)
  if (!serve) {
    if (pyproject === undefined || table(pyproject, 'project', 'dependencies') === undefined) return undefined
    throw nothingToRun(manifest)
  }
  const name =
    text(pyproject, 'project', 'name') ??
    text(pyproject, 'tool', 'poetry', 'name') ??
    setup.find((one) => one.name !== undefined)?.name ??
    folderName(tree, dir)
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
    interpreter: interpreter.attribute,
    dependencies: [...new Set([...nixpkgsNames(requirements.main), ...added])].sort(),
    sourceRoot: application?.at.file.startsWith(`${inDir(dir, 'src')}/`) ? 'src' : '',
    install: installed(tree, dir, pyproject, serve, requirements.main),
    serve,
    django: application?.django && djangoBuild(application.django, sources, requirements.main),
    checks: { ruff: ruff !== undefined, pytest: all.includes('pytest') && hasTests },
  }
  const settings = application?.django?.settings
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
    ...(settings ? [{ label: 'settings', text: settings.value, at: settings.at }] : []),
    {
      label: 'dependencies',
      text: `${counted(build.dependencies.length, 'package')} of nixpkgs, in its versions`,
      at: { file: requirements.file ?? manifest, line: 1 },
    },
    ...(build.django?.collect
      ? [{ label: 'static files', text: 'collected, for whitenoise to serve', at: staticRoot(sources) }]
      : []),
    ...(ruff ? [{ label: 'checks', text: 'ruff, since the repository uses it', at: ruff }] : []),
  ]
  const notes = [
    ...(interpreter.note ? [interpreter.note] : []),
    ...added.map((server) => `${server} isn't among the dependencies: the flake adds it`),
    ...requirements.foreign.map(
      ({ value, at }) =>
        `${whereText(at)}: "${value}" is no package of an index: add it to the flake yourself`,
    ),
    ...computedNotes(setup, requirements.file),
    ...(application && requirements.file === undefined
      ? [
          `no file names what it depends on, though it imports ${application.framework}: add it to the flake yourself`,
        ]
      : []),
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
      pythonProgram(tree, dir, { name, serve, build, application, sources, requirements: requirements.main }),
    ],
    facts,
    notes,
  }
}

/** The file that makes a folder a Python project. */
function findManifest(tree: FileTree, dir: string): string | undefined {
  const known = ['pyproject.toml', 'requirements.txt', 'Pipfile', 'setup.cfg', 'setup.py', 'manage.py']
  return (
    known.map((name) => inDir(dir, name)).find((name) => hasFile(tree, name)) ?? requirementsFile(tree, dir)
  )
}

function findInterpreter(
  tree: FileTree,
  dir: string,
  pyproject: Table | undefined,
  setup: readonly SetupFile[],
): Interpreter {
  const pipfile = inDir(dir, 'Pipfile')
  const pipenv = hasFile(tree, pipfile) ? table(readToml(tree, pipfile), 'requires') : {}
  const firstLine = (file: string) => tree.read(inDir(dir, file))?.trim().split(/\s+/)[0]
  return interpreterFor(
    [
      text(pyproject, 'project', 'requires-python'),
      text(pyproject, 'tool', 'poetry', 'dependencies', 'python'),
      text(pipenv, 'python_full_version') ?? text(pipenv, 'python_version'),
      ...setup.map(({ python }) => python),
    ],
    // Heroku's file for it, where there is none of pyenv's and uv's.
    firstLine('.python-version') ?? firstLine('runtime.txt'),
  )
}

/** What Django needs of the flake beside a server. */
function djangoBuild(
  django: DjangoProject,
  sources: readonly Source[],
  main: readonly Requirement[],
): DjangoBuild {
  const beside = django.settings && besideDatabase(sources)
  const reads = environmentReads(sources)
  const collects = staticRoot(sources) !== undefined && main.some(({ name }) => name === 'whitenoise')
  const needed = reads.filter(({ required, fallback }) => required && fallback === undefined)
  return {
    settings: django.named || beside !== undefined ? django.settings?.value : undefined,
    database: beside,
    collect: collects
      ? Object.fromEntries(
          needed.map(({ name }) => [
            name,
            databaseVariable(name, '') ? 'sqlite://:memory:' : 'collectstatic',
          ]),
        )
      : undefined,
  }
}

/** What a `setup.py` computes can't be read. */
function computedNotes(setup: readonly SetupFile[], read: string | undefined): string[] {
  if (read !== undefined) return []
  return setup
    .filter(({ requires }) => requires === undefined)
    .map(({ file }) => `${file} computes what it depends on: add it to the flake yourself`)
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

function addedServer(serve: PythonServe, main: readonly Requirement[]): string[] {
  if (serve.server === 'script' || serve.server === 'file' || serve.server === 'uwsgi') return []
  return nixpkgsNames(main).includes(serve.server) ? [] : [serve.server]
}

/** How it is installed: only where it is a package and not merely a folder of modules. */
function installed(
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

function nothingToRun(manifest: string) {
  return usageError({
    what: `${manifest} is of a Python project with no program to run`,
    why: 'Looked for an application of Flask, Django, FastAPI, Starlette, Litestar, Quart or Bottle, for scripts of the package, and for main.py, app.py and server.py.',
    still: 'Nothing was written.',
    next: 'Add a program, or run `slipway init` where one is.',
  })
}
