import type { PythonBuild } from '../project.js'
import { attributes, bind, commented, interpolated, nixList, nixString, script } from './nix-text.js'
import {
  type Given,
  metaBindings,
  type Parts,
  packageOf,
  runCommand,
  sourceBinding,
  versionValue,
} from './parts.js'

/** A Python application: an interpreter with what it imports, and a program that starts it. */
export function pythonParts(given: Given<PythonBuild>): Parts {
  return given.build.serve.server === 'script' ? packaged(given) : served(given)
}

/** A package with a script of its own. */
function packaged(given: Given<PythonBuild>): Parts {
  const { build } = given
  const script = build.serve.server === 'script' ? build.serve.script : build.pname
  const packages = `pkgs.${build.interpreter}.pkgs`
  return {
    package: `${packages}.buildPythonApplication ${attributes([...packageBindings(given, packages), ...metaBindings(given, script)])}`,
    apps: [{ name: given.attribute, program: `lib.getExe ${packageOf(given)}` }],
    shell: build.checks.ruff ? ['pkgs.ruff'] : [],
    shellTakesInputs: true,
    checks: [{ name: 'build', value: packageOf(given) }, ...ruffCheck(given)],
  }
}

function packageBindings(given: Given<PythonBuild>, packages: string): string[] {
  const { build, project } = given
  const install = build.install
  return [
    bind('pname', nixString(build.pname)),
    bind('version', versionValue(install?.version, project.dir)),
    bind('pyproject', 'true'),
    sourceBinding(given),
    bind('build-system', withNames(packages, install?.buildSystem ?? [])),
    bind('dependencies', withNames(packages, install?.dependencies ?? [])),
    commented(
      'nixpkgs has one version of each: take it, whatever pyproject.toml asks for.',
      bind('pythonRelaxDeps', 'true'),
    ),
    ...(install && install.renamed.length > 0
      ? [
          commented(
            'nixpkgs has these under other names.',
            bind('pythonRemoveDeps', nixList(install.renamed.map(nixString))),
          ),
        ]
      : []),
  ]
}

/** `with ps; [ … ]`, as nixfmt has it. */
function withNames(set: string, names: readonly string[]): string {
  return names.length === 0 ? '[ ]' : `with ${set}; ${nixList(names)}`
}

function served(given: Given<PythonBuild>): Parts {
  const { build } = given
  const programs = build.django ? [serveScript(given), manageScript(given)] : [serveScript(given)]
  const joined = `pkgs.symlinkJoin ${attributes([
    bind('name', nixString(build.pname)),
    bind('paths', nixList(programs.map((text) => `(${text})`))),
    ...metaBindings(given, build.pname),
  ])}`
  return {
    lets: [...interpreterLets(given), ...djangoLets(given)],
    package: programs.length === 1 ? serveScript(given) : joined,
    apps: [
      { name: given.attribute, program: `lib.getExe ${packageOf(given)}` },
      ...(build.django
        ? [{ name: 'manage', program: `lib.getExe' ${packageOf(given)} "${build.pname}-manage"` }]
        : []),
    ],
    shell: [interpreter(given), ...(build.checks.ruff ? ['pkgs.ruff'] : [])],
    shellTakesInputs: false,
    checks: [
      { name: 'build', value: packageOf(given) },
      ...(build.checks.pytest ? [{ name: 'tests', value: pytestCheck(given) }] : []),
      ...ruffCheck(given),
    ],
  }
}

/** Whether anything but Python itself is imported. */
function importsNothing({ build }: Given<PythonBuild>): boolean {
  return !build.install && build.dependencies.length === 0 && !build.checks.pytest
}

/** The interpreter, in a list. */
function interpreter(given: Given<PythonBuild>): string {
  return importsNothing(given) ? `pkgs.${given.build.interpreter}` : `(${given.own('python')} pkgs)`
}

function interpreterLets(given: Given<PythonBuild>): string[] {
  if (importsNothing(given)) return []
  const { build } = given
  const names = build.install ? serverPackages(build) : build.dependencies
  const list = nixList([
    ...(build.install ? [`(${given.own('application')} ps)`] : []),
    ...names.map((name) => `ps.${name}`),
  ])
  const lets = build.install ? [applicationLet(given)] : []
  const plain = `pkgs.${build.interpreter}`
  const python = given.own('python')
  if (build.checks.pytest) {
    const dependencies = given.own('dependencies')
    return [
      ...lets,
      commented('What is imported where it runs.', `${dependencies} = ps: ${list};`),
      `${python} = pkgs: ${plain}.withPackages ${dependencies};`,
    ]
  }
  const value = `${plain}.withPackages (ps: ${list})`
  const comment = 'The interpreter, with what is imported.'
  const short = `${python} = pkgs: ${value};`
  return [
    ...lets,
    commented(
      comment,
      list.includes('\n') ? `${python} =\n  pkgs:\n  ${value.replaceAll('\n', '\n  ')};` : short,
    ),
  ]
}

/** The tests, beside a copy of the source that they may write to. */
function pytestCheck(given: Given<PythonBuild>): string {
  const { build, source } = given
  const python = `python = pkgs.${build.interpreter}.withPackages (ps: ${given.own('dependencies')} ps ++ [ ps.pytest ]);`
  const run = runCommand('tests', 'python', [
    `cp -r \${${source}} source && chmod -R u+w source && cd source`,
    `PYTHONPATH=${build.sourceRoot === '' ? '.' : build.sourceRoot} pytest -p no:cacheprovider`,
    'touch $out',
  ])
  return `\n  let\n    ${python}\n  in\n  ${run.replaceAll('\n', '\n  ')}`
}

function serverPackages(build: PythonBuild): string[] {
  const { server } = build.serve
  return server === 'gunicorn' || server === 'uvicorn' || server === 'hypercorn' ? [server] : []
}

function applicationLet(given: Given<PythonBuild>): string {
  const bindings = packageBindings(given, 'ps').filter((line) => line !== '')
  const text = `ps.buildPythonPackage ${attributes(bindings)}`
  return commented(
    'The application as a package.',
    `${given.own('application')} =\n  ps:\n  ${text.replaceAll('\n', '\n  ')};`,
  )
}

function serveScript(given: Given<PythonBuild>): string {
  const { build, project } = given
  const { command, tools, comment } = serveCommand(given)
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(build.pname)),
    bind('runtimeInputs', nixList([interpreter(given), ...tools])),
    ...environment(given),
    commented(comment, bind('text', script(`exec ${command} "$@"`.split('\n')))),
    ...(build.django || !project.description
      ? []
      : [bind('meta.description', nixString(project.description))]),
  ])}`
}

/** Where the modules lie, and which settings Django takes. */
function environment(given: Given<PythonBuild>): string[] {
  const { build } = given
  const { django } = build
  const folders = [
    ...(build.install
      ? []
      : [`\${${runtimeSource(given)}}${build.sourceRoot === '' ? '' : `/${build.sourceRoot}`}`]),
    ...(django?.database === undefined ? [] : [`\${${given.own('settings')} pkgs}`]),
  ]
  const settings = django?.database === undefined ? django?.settings : STATE_SETTINGS
  const variables = [
    ...(settings === undefined ? [] : [bind('DJANGO_SETTINGS_MODULE', nixString(settings))]),
    ...(folders.length > 0 ? [bind('PYTHONPATH', interpolated(folders.join(':')))] : []),
  ]
  if (variables.length < 2) return variables.map((variable) => `runtimeEnv.${variable}`)
  return [bind('runtimeEnv', attributes(variables))]
}

/** The source as it runs: with what collectstatic gathers, where it does. */
function runtimeSource(given: Given<PythonBuild>): string {
  return given.build.django?.collect ? `${given.own('collected')} pkgs` : given.source
}

/** The module with the settings for where a release runs. */
const STATE_SETTINGS = 'state_settings'

function djangoLets(given: Given<PythonBuild>): string[] {
  const { django } = given.build
  if (!django) return []
  const { collect, database, settings } = django
  const python = interpreter(given)
  const variables = Object.entries({ ...(settings ? { DJANGO_SETTINGS_MODULE: settings } : {}), ...collect })
  const command = [
    ...variables.map(([name, value]) => `${name}=${value}`),
    'python manage.py collectstatic --noinput',
  ]
  return [
    ...(collect
      ? [
          commented(
            'The source, with the static files of all its applications.',
            `${given.own('collected')} =\n  pkgs:\n  ${runCommand('collected', python, [
              `cp -r \${${given.source}} $out && chmod -R u+w $out && cd $out`,
              command.join(' '),
            ]).replaceAll('\n', '\n  ')};`,
          ),
        ]
      : []),
    ...(database === undefined
      ? []
      : [
          commented(
            'Its settings, with the database where a release may write: $STATE_DIRECTORY.',
            `${given.own('settings')} =\n  pkgs:\n  pkgs.writeTextDir "${STATE_SETTINGS}.py" ${script([
              'import os',
              `from ${settings} import *`,
              `DATABASES["default"]["NAME"] = os.path.join(os.environ.get("STATE_DIRECTORY", "."), "${database}")`,
            ]).replaceAll('\n', '\n  ')};`,
          ),
        ]),
  ]
}

function serveCommand(given: Given<PythonBuild>): { command: string; tools: string[]; comment: string } {
  const { serve } = given.build
  const comment = 'On loopback: nginx is in front.'
  const port = `''\${PORT:-8000}`
  switch (serve.server) {
    case 'gunicorn':
      return {
        command: `gunicorn --bind "127.0.0.1:${port}" '${serve.app}${serve.factory ? '()' : ''}'`,
        tools: [],
        comment,
      }
    case 'uvicorn':
      return {
        command: `uvicorn --host 127.0.0.1 --port "${port}"${serve.factory ? ' --factory' : ''} ${serve.app}`,
        tools: [],
        comment,
      }
    case 'hypercorn':
      return {
        command: `hypercorn --bind "127.0.0.1:${port}" '${serve.app}${serve.factory ? '()' : ''}'`,
        tools: [],
        comment,
      }
    case 'uwsgi': {
      const uwsgi = `(pkgs.uwsgi.override { plugins = [ "python3" ]; })`
      const home = `\${${given.own('python')} pkgs}`
      return {
        command: `uwsgi --plugin python3 --pyhome ${home} --module ${serve.app} \\\n  --http-socket "127.0.0.1:${port}" --master --die-on-term --need-app`,
        tools: [uwsgi],
        comment,
      }
    }
    case 'file':
      return {
        command: `python \${${given.source}}/${serve.file}`,
        tools: [],
        comment: 'It starts by itself.',
      }
    case 'script':
      return { command: serve.script, tools: [], comment: 'It starts by itself.' }
  }
}

/** Django's `manage.py`, for migrations and the rest. */
function manageScript(given: Given<PythonBuild>): string {
  const { build } = given
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(`${build.pname}-manage`)),
    bind('runtimeInputs', nixList([interpreter(given)])),
    ...environment(given),
    bind('text', script([`exec python \${${runtimeSource(given)}}/manage.py "$@"`])),
  ])}`
}

function ruffCheck({ build, source }: Given<PythonBuild>): Parts['checks'] {
  if (!build.checks.ruff) return []
  return [
    {
      name: 'ruff',
      value: runCommand('ruff', 'pkgs.ruff', [`ruff check --no-cache \${${source}}`, 'touch $out']),
    },
  ]
}
