import { usageError } from '../../../errors.js'
import { type Table, table, text } from '../manifest.js'
import type { Fact, Program, Project, RustBuild } from '../project.js'
import { findTool } from '../tools.js'
import { commonDir, counted, type FileTree, hasFile, inDir, whereIs, whereText } from '../tree.js'
import { type Crate, neighbours, readCrates } from './crates.js'
import { gitCrates, readLock } from './lock.js'
import { isDefaultMember } from './members.js'
import { type NativeCrate, nativeCrates } from './native-libraries.js'
import { rustPrograms } from './programs.js'
import { needsNewerRust, readToolchain } from './toolchain.js'

/** A Rust crate or workspace, where a folder has a `Cargo.toml`. */
export function recogniseRust(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'Cargo.toml')
  if (!hasFile(tree, file)) return undefined
  const { root, crates } = readCrates(tree, dir)
  if (crates.every(({ binaries }) => binaries.length === 0)) throw noBinary(file, crates)
  const locked = readLock(tree, dir, crates)
  const native = nativeCrates(locked)
  const others = neighbours(tree, crates)
  const programs = crates.flatMap((crate) => rustPrograms(tree, crate, [...crates, ...others], dir))
  const main = mainCrate(crates, programs)
  const toolchain = readToolchain(tree, dir)
  const audit =
    findTool(tree, dir, /cargo[- ](?:audit|deny)|rustsec\/audit-check|cargo-deny-action/)?.at ??
    (hasFile(tree, inDir(dir, '.cargo/audit.toml'))
      ? { file: inDir(dir, '.cargo/audit.toml'), line: 1 }
      : undefined)
  const minimum =
    text(main.manifest, 'package', 'rust-version') ?? text(root, 'workspace', 'package', 'rust-version')
  const unstable = toolchain.file === undefined && needsNewerRust(minimum)
  const build: RustBuild = {
    kind: 'rust',
    pname: table(root, 'package').name === undefined ? tree.name : main.name,
    version: versionPlace(dir, root, main),
    gitCrates: gitCrates(locked),
    nativeBuildInputs: distinct(native.flatMap(({ need }) => need.native)),
    buildInputs: distinct(native.flatMap(({ need }) => need.libraries)),
    env: Object.assign({}, ...native.map(({ need }) => need.env ?? {})),
    toolchainFile: toolchain.file,
    features: neededFeatures(crates),
    onlyInWorkspace: crates
      .filter((crate) => !isDefaultMember(tree, dir, root, crate.dir))
      .flatMap(({ binaries }) => binaries.map(({ name }) => name)),
    checks: {
      clippy: toolchain.has('clippy'),
      fmt: toolchain.has('rustfmt'),
      doc: crates.some(({ hasLibrary }) => hasLibrary),
      audit: audit !== undefined,
    },
    unstable,
  }
  const facts: Fact[] = [
    ...(toolchain.channel
      ? [{ label: 'toolchain', text: toolchain.channel.value, at: toolchain.channel.at }]
      : []),
    ...native.map((entry) => nativeFact(tree, dir, entry)),
    ...featureFacts(tree, crates),
    ...others.map((crate) => ({
      label: 'dependencies',
      text: `${crate.name}, in ${crate.dir}`,
      at: whereIs(tree, inDir(crate.dir, 'Cargo.toml'), /^\s*name\s*=/),
    })),
    ...(audit ? [{ label: 'checks', text: 'cargo audit, since the repository uses it', at: audit }] : []),
  ]
  const notes = unstable
    ? [`rust-version ${minimum} is newer than nixpkgs' last release: the flake follows nixos-unstable`]
    : []
  return {
    dir,
    name: crates.length > 1 && !root.package ? lastName(dir, tree) : main.name,
    description: text(main.manifest, 'package', 'description'),
    what: root.workspace ? `Rust workspace of ${counted(crates.length, 'crate')}` : 'Rust crate',
    at: whereIs(tree, file, root.package ? /^\s*name\s*=/ : /^\[workspace/),
    ...(others.length > 0 ? { source: [dir, ...others.map((crate) => crate.dir)].reduce(commonDir) } : {}),
    build,
    programs,
    facts,
    notes,
  }
}

/** What each program needs turned on, as `cargo build --features` has it for a workspace too. */
function neededFeatures(crates: readonly Crate[]): RustBuild['features'] {
  const qualified = (crate: Crate, feature: string) =>
    crates.length > 1 ? `${crate.name}/${feature}` : feature
  return Object.fromEntries(
    crates.flatMap((crate) =>
      crate.binaries
        .filter(({ features }) => features.length > 0)
        .map(({ name, features }) => [name, features.map((feature) => qualified(crate, feature))]),
    ),
  )
}

function featureFacts(tree: FileTree, crates: readonly Crate[]): Fact[] {
  return crates.flatMap((crate) =>
    crate.binaries
      .filter(({ features }) => features.length > 0)
      .map(({ name, features }) => ({
        label: 'features',
        text: `${features.join(', ')} for ${name}`,
        at: whereIs(tree, inDir(crate.dir, 'Cargo.toml'), /^\s*required-features\s*=/),
      })),
  )
}

function lastName(dir: string, tree: FileTree): string {
  return dir === '' ? tree.name : (dir.split('/').at(-1) ?? dir)
}

/** The crate whose program is the first to serve, else the first with a program. */
function mainCrate(crates: readonly Crate[], programs: readonly Program[]): Crate {
  const name = programs.find(({ serves }) => serves)?.name
  const found =
    crates.find(({ binaries }) => binaries.some((binary) => binary.name === name)) ??
    crates.find(({ binaries }) => binaries.length > 0)
  if (!found) throw new Error('a crate without programs is no main crate')
  return found
}

function versionPlace(dir: string, root: Table, main: Crate): RustBuild['version'] {
  const inWorkspace = text(root, 'workspace', 'package', 'version') !== undefined
  if (main.version !== undefined) {
    return { file: relative(dir, inDir(main.dir, 'Cargo.toml')), path: ['package', 'version'] }
  }
  return inWorkspace ? { file: 'Cargo.toml', path: ['workspace', 'package', 'version'] } : undefined
}

function relative(dir: string, file: string): string {
  return dir === '' ? file : file.slice(dir.length + 1)
}

function nativeFact(tree: FileTree, dir: string, { crate, need }: NativeCrate): Fact {
  const lock = inDir(dir, 'Cargo.lock')
  const what = [...need.libraries, ...need.native].join(', ')
  return {
    label: 'native',
    text: `${what} for ${crate}`,
    at: whereIs(tree, lock, new RegExp(`^name = "${crate}"`)),
  }
}

function distinct(words: string[]): string[] {
  return [...new Set(words)].sort()
}

function noBinary(file: string, crates: readonly Crate[]) {
  return usageError({
    what: `${crates.length > 1 ? 'no crate of the workspace has' : `${file} is of a library: it has`} no program to run`,
    why: `Looked for src/main.rs, src/bin/ and [[bin]]: ${crates.map(({ dir }) => whereText({ file: inDir(dir, 'Cargo.toml'), line: 1 })).join(', ')}`,
    still: 'Nothing was written.',
    next: 'Add a program, or run `slipway init` where one is.',
  })
}
