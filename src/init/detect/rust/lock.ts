import { usageError } from '../../../errors.js'
import { list, readToml, strings, text } from '../manifest.js'
import { type FileTree, hasFile, inDir, literal, whereIs } from '../tree.js'
import type { Crate } from './crates.js'
import type { LockedCrate } from './native-libraries.js'

/** Reads `Cargo.lock`; says what to do where there is none, or where it contradicts the manifests. */
export function readLock(tree: FileTree, dir: string, crates: readonly Crate[]): LockedCrate[] {
  const file = inDir(dir, 'Cargo.lock')
  if (!hasFile(tree, file)) throw lockMissing(tree, file)
  const locked = list(readToml(tree, file), 'package').map((entry) => ({
    name: text(entry, 'name') ?? '',
    version: text(entry, 'version') ?? '',
    source: text(entry, 'source'),
    dependencies: strings(entry, 'dependencies').map((dependency) => dependency.split(' ')[0] ?? ''),
  }))
  const problem = crates.map((crate) => contradiction(tree, file, locked, crate)).find(Boolean)
  if (problem) {
    throw usageError({
      what: problem,
      why: 'In a build cargo may not correct its lock file.',
      still: 'Nothing was written.',
      next: 'Run `cargo update --workspace`, commit Cargo.lock, and try again.',
    })
  }
  return locked
}

function lockMissing(tree: FileTree, file: string) {
  const ignored = tree.isIgnored(file)
  return usageError({
    what: ignored ? `git ignores ${file}, so Nix can't see it` : `there is no ${file}`,
    why: 'A build has no network: the lock file tells which crates to fetch beforehand.',
    still: 'Nothing was written.',
    next: ignored
      ? 'Take it out of .gitignore, commit it, and try again.'
      : 'Run `cargo generate-lockfile`, commit Cargo.lock, and try again. In a member of a workspace, run `slipway init` where the workspace is.',
  })
}

function contradiction(
  tree: FileTree,
  lockFile: string,
  locked: readonly LockedCrate[],
  { name, version, dir, dependencies }: Crate,
): string | undefined {
  const manifestFile = inDir(dir, 'Cargo.toml')
  const own = locked.find((entry) => entry.name === name && entry.source === undefined)
  if (!own) return `${lockFile} doesn't have the package ${name} of ${manifestFile}`
  if (version !== undefined && own.version !== version) {
    const { line } = whereIs(tree, manifestFile, /^version\s*=/)
    return `${lockFile} has ${name} ${own.version}, but ${manifestFile}:${line} says ${version}`
  }
  const missing = dependencies.find(({ crate }) => !locked.some((entry) => entry.name === crate))
  if (!missing) return undefined
  const { line } = whereIs(
    tree,
    manifestFile,
    new RegExp(`^\\s*"?${literal(missing.key)}"?\\s*[=.]|\\.${literal(missing.key)}\\]`),
  )
  return `${lockFile} doesn't have ${missing.crate}, which ${manifestFile}:${line} depends on`
}

/** One crate of each git repository: `name-version`, as importing a lock file wants it. */
export function gitCrates(locked: readonly LockedCrate[]): string[] {
  const first = new Map<string, string>()
  for (const { name, version, source } of locked) {
    if (source?.startsWith('git+') && !first.has(source)) first.set(source, `${name}-${version}`)
  }
  return [...first.values()].sort()
}
