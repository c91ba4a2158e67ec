import { FAKE_HASH } from '../nixpkgs.js'
import type { RustBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, ofPkgs, path } from './nix-text.js'
import {
  checkFunction,
  commandCheck,
  type FlakeInput,
  type Given,
  mainPrograms,
  metaBindings,
  type Parts,
  packageOf,
  placeInSource,
  programApps,
  runCommand,
  sourceBinding,
  versionValue,
} from './parts.js'

const ADVISORIES: FlakeInput = { name: 'advisory-db', url: 'github:rustsec/advisory-db', flake: false }
const OVERLAY: FlakeInput = { name: 'rust-overlay', url: 'github:oxalica/rust-overlay', follows: true }
const CRANE: FlakeInput = { name: 'crane', url: 'github:ipetkov/crane' }

/** A Rust crate or workspace: `buildRustPackage`, or crane where that was asked for. */
export function rustParts(given: Given<RustBuild>): Parts {
  const { build, setup } = given
  const inputs = [
    ...(setup.crane ? [CRANE] : []),
    ...(build.toolchainFile === undefined ? [] : [OVERLAY]),
    ...(build.checks.audit ? [ADVISORIES] : []),
  ]
  const common = { inputs, apps: programApps(given), shell: shellPackages(given), shellTakesInputs: true }
  return setup.crane ? { ...common, ...crane(given) } : { ...common, ...plain(given) }
}

function plain(given: Given<RustBuild>): Pick<Parts, 'lets' | 'package' | 'checks'> {
  const { build, project } = given
  const platform =
    build.toolchainFile === undefined ? 'pkgs.rustPlatform' : `(${given.own('rustPlatform')} pkgs)`
  const [main] = mainPrograms(given)
  const features = featuresOf(given)
  const bindings = [
    bind('pname', nixString(build.pname)),
    bind('version', versionValue(build.version, project.dir)),
    sourceBinding(given),
    lockBinding(given),
    ...placeBindings(given),
    ...(features.length > 0 ? [bind('buildFeatures', nixList(features.map(nixString)))] : []),
    ...(needsWorkspace(given) ? [bind('cargoBuildFlags', nixList([nixString('--workspace')]))] : []),
    ...inputBindings(given),
    ...metaBindings(given, main),
  ]
  return {
    lets: [
      ...toolchainLets(given),
      ...(usesFunction(given) ? [checkFunction(given.own('cargoCheck'), 'cargo build')] : []),
    ],
    package: `${platform}.buildRustPackage ${attributes(bindings)}`,
    checks: plainChecks(given),
  }
}

function lockBinding({ build, project }: Given<RustBuild>): string {
  const file = bind('lockFile', path(project.dir, 'Cargo.lock'))
  if (build.gitCrates.length === 0) return `cargoLock.${file}`
  const hashes = build.gitCrates.map((crate) => bind(nixString(crate), nixString(FAKE_HASH)))
  const comment = 'Of the crates that come from git. `slipway deploy --fix-hashes` writes the right ones.'
  return bind('cargoLock', attributes([file, commented(comment, bind('outputHashes', attributes(hashes)))]))
}

/** A crate that is not all of its source: the folder that cargo runs in, and that has the lock file. */
function placeBindings({ project }: Given<RustBuild>): string[] {
  const place = placeInSource(project)
  return place === undefined
    ? []
    : [bind('cargoRoot', nixString(place)), bind('buildAndTestSubdir', nixString(place))]
}

/** What the programs that are deployed need turned on. */
function featuresOf(given: Given<RustBuild>): string[] {
  return [...new Set(mainPrograms(given).flatMap((name) => given.build.features[name] ?? []))]
}

/** Whether a program that is deployed is of a crate that cargo leaves out unless told. */
function needsWorkspace(given: Given<RustBuild>): boolean {
  return mainPrograms(given).some((name) => given.build.onlyInWorkspace.includes(name))
}

function inputBindings({ build }: Given<RustBuild>): string[] {
  return [
    ...(build.nativeBuildInputs.length > 0
      ? [bind('nativeBuildInputs', nixList(ofPkgs(build.nativeBuildInputs)))]
      : []),
    ...(build.buildInputs.length > 0 ? [bind('buildInputs', nixList(ofPkgs(build.buildInputs)))] : []),
    ...Object.entries(build.env).map(([name, value]) => bind(`env.${name}`, `"${value}"`)),
  ]
}

function toolchainLets(given: Given<RustBuild>): string[] {
  const { build } = given
  if (build.toolchainFile === undefined) return []
  const toolchain = given.own('toolchain')
  return [
    commented(
      `What ${build.toolchainFile} asks for.`,
      `${toolchain} =\n  pkgs: (rust-overlay.lib.mkRustBin { } pkgs).fromRustupToolchainFile ${path('', build.toolchainFile)};`,
    ),
    `${given.own('rustPlatform')} =\n  pkgs:\n  pkgs.makeRustPlatform {\n    cargo = ${toolchain} pkgs;\n    rustc = ${toolchain} pkgs;\n  };`,
  ]
}

function usesFunction({ build }: Given<RustBuild>): boolean {
  return build.checks.clippy || build.checks.doc || build.checks.fmt
}

function plainChecks(given: Given<RustBuild>): Parts['checks'] {
  const { build } = given
  const own = packageOf(given)
  const workspace = given.project.what.includes('workspace') ? ' --workspace' : ''
  const check = (command: string, tool?: string) =>
    commandCheck(
      given.own('cargoCheck'),
      own,
      command,
      tool && build.toolchainFile === undefined ? [`pkgs.${tool}`] : [],
    )
  return [
    { name: 'tests', value: own, comment: 'Building it runs its tests.' },
    ...(build.checks.clippy
      ? [
          {
            name: 'clippy',
            value: check(`cargo clippy${workspace} --all-targets -- --deny warnings`, 'clippy'),
          },
        ]
      : []),
    ...(build.checks.doc ? [{ name: 'doc', value: check(`cargo doc${workspace} --no-deps`) }] : []),
    ...(build.checks.fmt ? [{ name: 'fmt', value: check('cargo fmt --all -- --check', 'rustfmt') }] : []),
    ...(build.checks.audit ? [{ name: 'audit', value: auditCommand(given) }] : []),
  ]
}

function auditCommand({ project }: Given<RustBuild>): string {
  const lock = path(project.dir, 'Cargo.lock')
  return runCommand('audit', 'pkgs.cargo-audit', [
    `cargo-audit audit --no-fetch --db \${advisory-db} --file \${${lock}}`,
    'touch $out',
  ])
}

function crane(given: Given<RustBuild>): Pick<Parts, 'lets' | 'package' | 'checks'> {
  const { build } = given
  const rust = given.own('rust')
  const [main] = mainPrograms(given)
  const lib =
    build.toolchainFile === undefined
      ? 'crane.mkLib pkgs'
      : `(crane.mkLib pkgs).overrideToolchain ${given.own('toolchain')}`
  // crane reads a crate's name and version itself; a workspace has neither.
  const names = given.project.what.includes('workspace')
    ? [bind('pname', nixString(build.pname)), bind('version', versionValue(build.version, given.project.dir))]
    : []
  const place = placeInSource(given.project)
  const features = featuresOf(given)
  const extra = [
    ...(needsWorkspace(given) ? ['--workspace'] : []),
    ...(features.length > 0 ? [`--features ${features.join(',')}`] : []),
  ]
  const args = attributes([
    ...names,
    sourceBinding(given),
    ...(place === undefined
      ? []
      : [
          bind('cargoToml', path(given.project.dir, 'Cargo.toml')),
          bind('cargoLock', path(given.project.dir, 'Cargo.lock')),
          bind('postUnpack', nixString(`cd $sourceRoot/${place}; sourceRoot=.`)),
        ]),
    bind('strictDeps', 'true'),
    ...(extra.length > 0 ? [bind('cargoExtraArgs', nixString(['--locked', ...extra].join(' ')))] : []),
    ...inputBindings(given),
  ])
  const shared = attributes([
    bind('craneLib', lib),
    bind('args', args),
    commented(
      'Compiled once, for the package and all checks.',
      bind('cargoArtifacts', 'craneLib.buildDepsOnly args'),
    ),
  ])
  const withArtifacts = (name: string, more: string[] = []) =>
    `(${rust} pkgs).craneLib.${name} (\n  (${rust} pkgs).args\n  // ${attributes([`inherit (${rust} pkgs) cargoArtifacts;`, ...more]).replaceAll('\n', '\n  ')}\n)`
  return {
    lets: [
      ...toolchainLets(given).slice(0, 1),
      commented('crane, and what all of its builds share.', `${rust} = pkgs: rec ${shared};`),
    ],
    package: withArtifacts('buildPackage', metaBindings(given, main)),
    checks: [
      { name: 'tests', value: packageOf(given), comment: 'Building it runs its tests.' },
      ...(build.checks.clippy
        ? [
            {
              name: 'clippy',
              value: withArtifacts('cargoClippy', [
                bind('cargoClippyExtraArgs', '"--all-targets -- --deny warnings"'),
              ]),
            },
          ]
        : []),
      ...(build.checks.doc ? [{ name: 'doc', value: withArtifacts('cargoDoc') }] : []),
      ...(build.checks.fmt
        ? [{ name: 'fmt', value: `(${rust} pkgs).craneLib.cargoFmt { ${sourceBinding(given)} }` }]
        : []),
      ...(build.checks.audit ? [{ name: 'audit', value: auditCommand(given) }] : []),
    ],
  }
}

function shellPackages({ build, own }: Given<RustBuild>): string[] {
  if (build.toolchainFile !== undefined) return [`(${own('toolchain')} pkgs)`]
  return ['pkgs.clippy', 'pkgs.rust-analyzer', 'pkgs.rustfmt']
}
