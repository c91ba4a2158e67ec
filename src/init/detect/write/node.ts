import { FAKE_HASH } from '../nixpkgs.js'
import type { NodeBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, ofPkgs, script } from './nix-text.js'
import { type Given, metaBindings, type Parts, packageOf, sourceBinding, versionValue } from './parts.js'

/** A Node project: a server, or the files that a build makes. */
export function nodeParts(given: Given<NodeBuild>): Parts {
  const { build } = given
  const node = `pkgs.${build.interpreter}`
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
    shell: [node, ...(build.manager === 'pnpm' ? ['pkgs.pnpm_10'] : [])],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }, ...scriptChecks(given)],
  }
}

function packageText(given: Given<NodeBuild>): string {
  switch (given.build.manager) {
    case 'none':
      return bare(given)
    case 'npm':
      return npm(given)
    case 'pnpm':
      return pnpm(given)
  }
}

/** Nothing to install: Node and the file. */
function bare(given: Given<NodeBuild>): string {
  const { build, project } = given
  const { output } = build
  if (output.kind !== 'server') throw new Error('a build without packages makes no site')
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(build.pname)),
    bind('runtimeInputs', `[ pkgs.${build.interpreter} ]`),
    bind('text', script([`exec node \${${given.source}}/${[output.entry, ...output.args].join(' ')} "$@"`])),
    ...(project.description ? [bind('meta.description', nixString(project.description))] : []),
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
    ...(build.interpreter === 'nodejs' ? [] : [bind('nodejs', `pkgs.${build.interpreter}`)]),
    ...(build.buildScript === undefined ? [bind('dontNpmBuild', 'true')] : []),
    ...inputBindings(given, []),
    ...installBindings(given, 'npm prune --omit=dev'),
    ...metaBindings(given, build.output.kind === 'site' ? undefined : build.pname),
  ])}`
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
    ...(build.buildScript === undefined
      ? []
      : [
          bind(
            'buildPhase',
            script(['runHook preBuild', `pnpm run ${build.buildScript}`, 'runHook postBuild']),
          ),
        ]),
    ...installBindings(given, 'CI=true pnpm prune --prod --ignore-scripts'),
    ...metaBindings(given, build.output.kind === 'site' ? undefined : build.pname),
  ])
  return `pkgs.stdenv.mkDerivation (finalAttrs: ${bindings})`
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

function installBindings({ build }: Given<NodeBuild>, prune: string): string[] {
  const { output, pname } = build
  const phase = (lines: string[]) =>
    bind('installPhase', script(['runHook preInstall', ...lines, 'runHook postInstall']))
  if (output.kind === 'site') return [phase([`cp -r ${output.dir} $out`])]
  const folder = `$out/lib/${pname}`
  const wrapper = (entry: string, args: string[], env: Record<string, string>) => {
    const flags = [
      `--add-flags ${args.length > 0 ? `"${[`${folder}/${entry}`, ...args].join(' ')}"` : `${folder}/${entry}`}`,
      '--set NODE_ENV production',
      ...Object.entries(env).map(([name, value]) => `--set ${name} ${value}`),
    ]
    return [
      `makeWrapper \${lib.getExe pkgs.${build.interpreter}} $out/bin/${pname} \\`,
      ...flags.map((flag, index) => `  ${flag}${index < flags.length - 1 ? ' \\' : ''}`),
    ]
  }
  if (output.kind === 'next-standalone') {
    return [
      commented(
        'What `next build` traced as needed, and the files it serves.',
        phase([
          `mkdir -p ${folder}`,
          `cp -r .next/standalone/. ${folder}`,
          `cp -r .next/static ${folder}/.next/static`,
          ...(output.hasPublic ? [`cp -r public ${folder}/public`] : []),
          ...wrapper('server.js', [], { HOSTNAME: '127.0.0.1' }),
        ]),
      ),
    ]
  }
  const needsModules = output.files === undefined || output.files.includes('node_modules')
  return [
    commented(
      'What runs, without what only builds it.',
      phase([
        ...(needsModules ? [prune] : []),
        `mkdir -p ${folder}`,
        output.files === undefined ? `cp -r . ${folder}` : `cp -r ${output.files.join(' ')} ${folder}`,
        ...wrapper(output.entry, output.args, output.env),
      ]),
    ),
  ]
}

/** Scripts of `package.json`, run where the package is built. */
function scriptChecks(given: Given<NodeBuild>): Parts['checks'] {
  const { build } = given
  return build.checks.map((name) => {
    const run = build.manager === 'npm' ? `npm run ${name}` : `pnpm run ${name}`
    return {
      name,
      value: `${packageOf(given)}.overrideAttrs ${attributes([bind('name', nixString(name)), bind('buildPhase', nixString(run)), bind('installPhase', '"touch $out"')])}`,
    }
  })
}
