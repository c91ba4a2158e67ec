import { usageError } from '../../../errors.js'
import { readToml, type Table, table, text } from '../manifest.js'
import type { Fact, Project, PythonBuild } from '../project.js'
import { folderName } from '../sites/site.js'
import { readSources } from '../source.js'
import { findTool } from '../tools.js'
import { counted, type FileTree, filesIn, hasDir, hasFile, inDir, whereIs, whereText } from '../tree.js'
import { findApplication } from './application.js'
import { djangoBuild, staticRoot } from './django.js'
import { type Interpreter, interpreterFor } from './interpreter.js'
import { checkPythonLock } from './locks.js'
import { nixpkgsNames } from './nixpkgs-names.js'
import { pythonProgram } from './program.js'
import { normalise, readRequirements, requirementsFile } from './requirements.js'
import { otherIndexes } from './requirements-file.js'
import { addedServer, installed, served, startedItself } from './serve.js'
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
    ...indexNotes(tree, requirements.file),
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

/** What a server of one's own has may be another package than nixpkgs' of the same name. */
function indexNotes(tree: FileTree, file: string | undefined): string[] {
  if (file === undefined || !/\.(?:txt|in)$/.test(file)) return []
  return otherIndexes(tree, file).map(
    ({ value, at }) =>
      `${whereText(at)}: nothing is taken from ${value}: see that nixpkgs' packages of these names are those you mean`,
  )
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

function nothingToRun(manifest: string) {
  return usageError({
    what: `${manifest} is of a Python project with no program to run`,
    why: 'Looked for an application of Flask, Django, FastAPI, Starlette, Litestar, Quart or Bottle, for scripts of the package, and for main.py, app.py and server.py.',
    still: 'Nothing was written.',
    next: 'Add a program, or run `slipway init` where one is.',
  })
}
