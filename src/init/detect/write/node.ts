import { shellCommand, shellQuote } from '../../../shell-quote.js'
import { FAKE_HASH } from '../nixpkgs.js'
import type { NodeBuild, NodeBuildStep } from '../project.js'
import { attributes, bind, commented, nixList, nixString, ofPkgs, path, script } from './nix-text.js'
import { execLine, inNixScript, installBinding } from './node-run.js'
import { type Given, metaBindings, type Parts, packageOf, sourceBinding, versionValue } from './parts.js'

/** A Node project: a server, or the files that a build makes. */
export function nodeParts(given: Given<NodeBuild>): Parts {
  const { build } = given
  const isSite = build.output.kind === 'site'
  return {
    package: packageText(given),
    apps: [
      isSite
        ? {
            name: given.attribute,
            program: `lib.getExe (\n  pkgs.writeShellScriptBin "preview" ''\n    exec \${lib.getExe pkgs.darkhttpd} \${${packageOf(given)}} --addr 127.0.0.1\n  ''\n)`,
          }
        : { name: given.attribute, program: `lib.getExe ${packageOf(given)}` },
    ],
    shell: [`pkgs.${build.interpreter}`, ...ofPkgs(SHELL[build.manager](build))],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }, ...scriptChecks(given)],
  }
}

type Manager = NodeBuild['manager']

/** What a shell to work on it has beside Node. */
const SHELL: Record<Manager, (build: NodeBuild) => string[]> = {
  npm: () => [],
  pnpm: () => ['pnpm_10'],
  yarn: () => ['yarn'],
  'yarn-berry': ({ yarn }) => [yarn ?? ''],
  bun: ({ interpreter }) => (interpreter === 'bun' ? [] : ['bun']),
  none: () => [],
}

function packageText(given: Given<NodeBuild>): string {
  const { build } = given
  switch (build.manager) {
    case 'none':
      return build.output.kind === 'server' && build.steps.length === 0 ? bare(given) : withoutPackages(given)
    case 'npm':
      return npm(given)
    case 'pnpm':
      return pnpm(given)
    case 'yarn':
      return yarn(given)
    case 'yarn-berry':
      return yarnBerry(given)
    case 'bun':
      return bun(given)
  }
}

/** Nothing to install and nothing to build: Node and the file. */
function bare(given: Given<NodeBuild>): string {
  const { build, project, source } = given
  const { output } = build
  if (output.kind !== 'server') throw new Error('a site is built')
  const folder = `\${${source}}`
  const variables = [
    ...Object.entries(output.env).map(([name, value]) => `export ${name}=${shellQuote(value)}`),
    ...Object.entries(output.defaults).map(
      ([name, value]) => `export ${name}="\${${name}:-${value.replace(/["\\$`}]/g, '\\$&')}}"`,
    ),
  ]
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(build.pname)),
    bind('runtimeInputs', `[ pkgs.${build.interpreter} ]`),
    bind(
      'text',
      script([
        ...variables.map(inNixScript),
        ...(output.chdir ? [`cd ${folder}`] : []),
        execLine(output, build.interpreter === 'bun' ? 'bun' : 'node', folder),
      ]),
    ),
    ...(project.description ? [bind('meta.description', nixString(project.description))] : []),
  ])}`
}

/** A build of files of its own alone. */
function withoutPackages(given: Given<NodeBuild>): string {
  const { build } = given
  return `pkgs.stdenv.mkDerivation ${attributes([
    ...nameBindings(given),
    ...inputBindings(given, [build.interpreter]),
    ...buildPhase(build, 'npm'),
    installBinding(build, undefined),
    ...mainMeta(given),
  ])}`
}

function npm(given: Given<NodeBuild>): string {
  const { build } = given
  return `pkgs.buildNpmPackage ${attributes([
    ...nameBindings(given),
    commented(
      'Of the dependencies; changes with package-lock.json. `slipway deploy --fix-hashes` writes the right one.',
      bind('npmDepsHash', nixString(FAKE_HASH)),
    ),
    ...(build.interpreter === 'nodejs' || build.interpreter === 'bun'
      ? []
      : [bind('nodejs', `pkgs.${build.interpreter}`)]),
    ...npmBuild(build),
    ...inputBindings(given, []),
    installBinding(build, 'npm prune --omit=dev'),
    ...mainMeta(given),
  ])}`
}

/** buildNpmPackage runs the script `build` unless it is told otherwise. */
function npmBuild(build: NodeBuild): string[] {
  if (build.steps.length === 0) return [bind('dontNpmBuild', 'true')]
  const [only, ...others] = build.steps
  const isPlain = others.length === 0 && build.member === '' && only && 'script' in only && !only.of
  if (!isPlain) return buildPhase(build, 'npm')
  return only.script === 'build' ? [] : [bind('npmBuildScript', nixString(only.script))]
}

function pnpm(given: Given<NodeBuild>): string {
  const { build } = given
  const bindings = attributes([
    ...nameBindings(given),
    commented(
      'The dependencies; the hash changes with pnpm-lock.yaml. `slipway deploy --fix-hashes` writes the right one.',
      bind(
        'pnpmDeps',
        `pkgs.fetchPnpmDeps ${attributes(['inherit (finalAttrs) pname version src;', bind('pnpm', 'pkgs.pnpm_10'), bind('fetcherVersion', '3'), bind('hash', nixString(FAKE_HASH))])}`,
      ),
    ),
    ...inputBindings(given, [build.interpreter, 'pnpm_10', 'pnpmConfigHook']),
    ...buildPhase(build, 'pnpm'),
    installBinding(build, 'CI=true pnpm prune --prod --ignore-scripts'),
    ...mainMeta(given),
  ])
  return `pkgs.stdenv.mkDerivation (finalAttrs: ${bindings})`
}

function yarn(given: Given<NodeBuild>): string {
  const { build } = given
  const bindings = attributes([
    ...nameBindings(given),
    commented(
      'The dependencies; the hash changes with yarn.lock. `slipway deploy --fix-hashes` writes the right one.',
      bind(
        'yarnOfflineCache',
        `pkgs.fetchYarnDeps ${attributes([bind('yarnLock', 'finalAttrs.src + "/yarn.lock"'), bind('hash', nixString(FAKE_HASH))])}`,
      ),
    ),
    ...inputBindings(given, [build.interpreter, 'yarn', 'yarnConfigHook']),
    ...buildPhase(build, 'yarn'),
    installBinding(build, undefined),
    ...mainMeta(given),
  ])
  return `pkgs.stdenv.mkDerivation (finalAttrs: ${bindings})`
}

/** Yarn 2 and later; its packages are installed as files, as programs that are no Yarn's look for them. */
function yarnBerry(given: Given<NodeBuild>): string {
  const { build, project } = given
  const tool = `pkgs.${build.yarn}`
  const hashes = build.missingHashes
    ? [bind('missingHashes', path(project.source ?? project.dir, 'missing-hashes.json'))]
    : []
  const bindings = attributes([
    ...nameBindings(given),
    ...hashes,
    commented(
      'The dependencies; the hash changes with yarn.lock. `slipway deploy --fix-hashes` writes the right one.',
      bind(
        'offlineCache',
        `${tool}.fetchYarnBerryDeps ${attributes([`inherit (finalAttrs) src${hashes.length > 0 ? ' missingHashes' : ''};`, bind('hash', nixString(FAKE_HASH))])}`,
      ),
    ),
    ...inputBindings(given, [build.interpreter, build.yarn ?? '', `${build.yarn}.yarnBerryConfigHook`]),
    bind('env.YARN_NODE_LINKER', '"node-modules"'),
    ...buildPhase(build, 'yarn-berry'),
    installBinding(build, undefined),
    ...mainMeta(given),
  ])
  return `pkgs.stdenv.mkDerivation (finalAttrs: ${bindings})`
}

/** nixpkgs has no builder for bun: its packages are fetched by a derivation with a fixed output, as nixpkgs does it. */
function bun(given: Given<NodeBuild>): string {
  const { build } = given
  const fetched = `pkgs.stdenvNoCC.mkDerivation ${attributes([
    bind('name', nixString(`${build.pname}-modules`)),
    'inherit (finalAttrs) src;',
    bind('nativeBuildInputs', '[ pkgs.bun ]'),
    bind('impureEnvVars', 'lib.fetchers.proxyImpureEnvVars'),
    bind('dontConfigure', 'true'),
    bind('dontFixup', 'true'),
    bind(
      'buildPhase',
      script(['export HOME=$TMPDIR', 'bun install --frozen-lockfile --no-progress --ignore-scripts']),
    ),
    bind('installPhase', '"cp -R node_modules $out"'),
    bind('outputHashMode', '"recursive"'),
    bind('outputHash', nixString(FAKE_HASH)),
  ])}`
  const bindings = attributes([
    ...nameBindings(given),
    commented(
      "The dependencies; the hash changes with bun's lock file. `slipway deploy --fix-hashes` writes the right one.",
      bind('modules', fetched),
    ),
    ...inputBindings(given, [...new Set([build.interpreter, 'bun'])]),
    bind(
      'configurePhase',
      script([
        `cp -R \${finalAttrs.modules} node_modules`,
        'chmod -R u+w node_modules',
        'patchShebangs node_modules',
      ]),
    ),
    ...buildPhase(build, 'bun'),
    installBinding(build, undefined),
    ...mainMeta(given),
  ])
  return `pkgs.stdenv.mkDerivation (finalAttrs: ${bindings})`
}

/** How each runs a script, and a program of a package, here or in another package of the workspace. */
const RUNS: Record<
  Exclude<Manager, 'none'>,
  (step: NodeBuildStep, member: { dir: string; name: string } | undefined) => string
> = {
  npm: (step, member) => {
    const where = member ? `--workspace=${shellQuote(member.dir)} ` : ''
    return 'script' in step
      ? `npm run ${where}${shellQuote(step.script)}`
      : `npm exec ${where}-- ${shellCommand(step.command)}`
  },
  pnpm: (step, member) => {
    const where = member ? `--filter=./${shellQuote(member.dir)} ` : ''
    return 'script' in step
      ? `pnpm ${where}run ${shellQuote(step.script)}`
      : `pnpm ${where}exec ${shellCommand(step.command)}`
  },
  yarn: (step, member) => yarnLine('yarn --offline', step, member),
  'yarn-berry': (step, member) => yarnLine('yarn', step, member),
  bun: (step) => `bun run ${'script' in step ? shellQuote(step.script) : shellCommand(step.command)}`,
}

function yarnLine(
  yarnCommand: string,
  step: NodeBuildStep,
  member: { dir: string; name: string } | undefined,
): string {
  const where = member ? `workspace ${shellQuote(member.name)} ` : ''
  return `${yarnCommand} ${where}run ${'script' in step ? shellQuote(step.script) : shellCommand(step.command)}`
}

function buildPhase(build: NodeBuild, manager: Exclude<Manager, 'none'>): string[] {
  if (build.steps.length === 0) return []
  const own = build.member === '' ? undefined : { dir: build.member, name: build.memberName }
  const lines = build.steps.map((step) => RUNS[manager](step, ('of' in step ? step.of : undefined) ?? own))
  return [bind('buildPhase', script(['runHook preBuild', ...lines.map(inNixScript), 'runHook postBuild']))]
}

function mainMeta(given: Given<NodeBuild>): string[] {
  return metaBindings(given, given.build.output.kind === 'site' ? undefined : given.build.pname)
}

function nameBindings(given: Given<NodeBuild>): string[] {
  const { build, project } = given
  return [
    bind('pname', nixString(build.pname)),
    bind(
      'version',
      versionValue(build.versioned ? { file: 'package.json', path: ['version'] } : undefined, project.dir),
    ),
    sourceBinding(given),
  ]
}

function inputBindings({ build }: Given<NodeBuild>, own: string[]): string[] {
  const wrapper = build.output.kind === 'site' ? [] : ['makeWrapper']
  const native = [...own, ...wrapper, ...build.nativeBuildInputs].sort()
  return [
    ...(native.length > 0 ? [bind('nativeBuildInputs', nixList(ofPkgs(native)))] : []),
    ...(build.buildInputs.length > 0 ? [bind('buildInputs', nixList(ofPkgs(build.buildInputs)))] : []),
    ...Object.entries(build.env).map(([name, value]) => bind(`env.${name}`, nixString(value))),
  ]
}

/** Scripts of `package.json`, run where the package is built. */
function scriptChecks(given: Given<NodeBuild>): Parts['checks'] {
  const { build } = given
  const { manager } = build
  if (manager === 'none') return []
  return build.checks.map((name) => ({
    name,
    value: `${packageOf(given)}.overrideAttrs ${attributes([bind('name', nixString(name)), bind('buildPhase', nixString(RUNS[manager]({ script: name }, undefined))), bind('installPhase', '"touch $out"')])}`,
  }))
}
