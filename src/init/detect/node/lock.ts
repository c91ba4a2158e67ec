import { parseSyml } from '@yarnpkg/parsers'
import { parse as parseYaml } from 'yaml'
import { usageError } from '../../../errors.js'
import { readJson, type Table, table, text, textOf, unreadable } from '../manifest.js'
import { type FileTree, hasFile, inDir, literal, whereIs } from '../tree.js'
import type { PackageJson } from './package-json.js'

/** What installs the packages; `none`: there are none. */
export type Manager = 'npm' | 'pnpm' | 'yarn' | 'yarn-berry' | 'bun' | 'none'

/** How a project's packages are locked. */
export interface Locked {
  manager: Manager
  /** The lock file's path; undefined where nothing is to be locked. */
  file: string | undefined
  /** Yarn's major release, by the form of its lock file. */
  yarn?: number
}

/** Lock files, those first that a build prefers where there are several. */
const LOCK_FILES = [
  'pnpm-lock.yaml',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
]

/** The forms of pnpm's lock file that pnpm 9 and later read. */
const PNPM_LOCK_MAJOR = 9

/**
 * How the packages of a package.json are locked; `top` is the folder of the workspace that it is in.
 * @throws SlipwayError where nothing locks them, or the lock file contradicts the manifest.
 */
export function readLock(tree: FileTree, top: string, json: PackageJson): Locked {
  const wanted = { ...json.dependencies, ...json.development, ...json.optional }
  const present = LOCK_FILES.filter((name) => hasFile(tree, inDir(top, name)))
  const named = MANAGER_LOCKS[(text(json.manifest, 'packageManager') ?? '').split('@')[0] ?? ''] ?? []
  const name = present.find((candidate) => named.includes(candidate)) ?? present[0]
  if (name === undefined) {
    if (Object.keys(wanted).length === 0) return { manager: 'none', file: undefined }
    throw missing(tree, top)
  }
  const file = inDir(top, name)
  const own = json.dir === top ? '' : json.dir.slice(top === '' ? 0 : top.length + 1)
  if (name === 'pnpm-lock.yaml') checkPnpm(tree, file, json, own, wanted)
  else if (name.endsWith('.json')) checkNpm(tree, file, json, own)
  else if (name === 'yarn.lock') return { file, ...checkYarn(tree, file, top, json, wanted) }
  else return { manager: 'bun', file }
  const isEmpty = Object.keys(wanted).length === 0 && own === ''
  return { manager: isEmpty ? 'none' : name === 'pnpm-lock.yaml' ? 'pnpm' : 'npm', file }
}

const MANAGER_LOCKS: Record<string, readonly string[]> = {
  npm: ['npm-shrinkwrap.json', 'package-lock.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  bun: ['bun.lock', 'bun.lockb'],
}

function missing(tree: FileTree, top: string) {
  const ignored = LOCK_FILES.map((name) => inDir(top, name)).find((name) => tree.isIgnored(name))
  return usageError({
    what: ignored
      ? `git ignores ${ignored}, so Nix can't see it`
      : `there is no ${inDir(top, 'package-lock.json')}`,
    why: 'A build has no network: the lock file tells which packages to fetch beforehand.',
    still: 'Nothing was written.',
    next: ignored
      ? 'Take it out of .gitignore, commit it, and try again.'
      : `Run \`npm install --package-lock-only\`${top === '' ? '' : ` in ${top}`}, commit package-lock.json, and try again. In a package of a workspace, run \`slipway init\` where the workspace is.`,
  })
}

/** The error for a package that the lock file lacks, or has otherwise. */
function contradiction(
  { file, json, remedy }: { file: string; json: PackageJson; remedy: string },
  name: string,
  range: string,
  locked: unknown,
) {
  const { line } = whereIs(json.tree, json.file, new RegExp(`"${literal(name)}"\\s*:`))
  return usageError({
    what:
      typeof locked === 'string'
        ? `${file} has ${name} ${locked}, but ${json.file}:${line} says ${range}`
        : `${file} doesn't have ${name}, which ${json.file}:${line} depends on`,
    why: 'A build may not correct its lock file.',
    still: 'Nothing was written.',
    next: `Run \`${remedy}\`, commit it, and try again.`,
  })
}

/** Forms 2 and 3 repeat each manifest; form 1, of npm 6 and before, has only what was installed. */
function checkNpm(files: FileTree, file: string, json: PackageJson, own: string): void {
  const lock = readJson(files, file)
  const packages = lock.packages === undefined ? undefined : table(lock, 'packages', own)
  const about = { file, json, remedy: 'npm install --package-lock-only' }
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    const wanted = {
      dependencies: json.dependencies,
      devDependencies: json.development,
      optionalDependencies: json.optional,
    }[field]
    for (const [name, range] of Object.entries(wanted)) {
      if (field !== 'optionalDependencies' && json.optional[name] !== undefined) continue
      if (packages) {
        const locked = table(packages, field)[name]
        if (locked !== range) throw contradiction(about, name, range, locked)
      } else if (text(lock, 'dependencies', name, 'version') === undefined) {
        throw contradiction(about, name, range, undefined)
      }
    }
  }
}

function checkPnpm(
  files: FileTree,
  file: string,
  json: PackageJson,
  own: string,
  wanted: Record<string, string>,
): void {
  const lock = readYaml(files, file)
  const version = String(lock.lockfileVersion ?? '')
  if (!(Number.parseInt(version, 10) >= PNPM_LOCK_MAJOR)) {
    throw usageError({
      what: `${file} is of an older form (lockfileVersion ${version || 'is missing'}), which nixpkgs' pnpm does not read`,
      still: 'Nothing was written.',
      next: 'Run `pnpm install --lockfile-only` with pnpm 9 or later, commit it, and try again.',
    })
  }
  const importer = table(lock, 'importers', own || '.')
  const about = { file, json, remedy: 'pnpm install --lockfile-only' }
  for (const [name, range] of Object.entries(wanted)) {
    const locked = ['dependencies', 'devDependencies', 'optionalDependencies']
      .map((field) => text(importer, field, name, 'specifier'))
      .find((specifier) => specifier !== undefined)
    if (locked !== range) throw contradiction(about, name, range, locked)
  }
}

function readYaml(files: FileTree, file: string): Table {
  try {
    return table(parseYaml(textOf(files, file)))
  } catch (error) {
    if (!(error instanceof Error) || !/^YAML/.test(error.name)) throw error
    throw unreadable(file, error.message.split('\n')[0] ?? '')
  }
}

/** Yarn 1 writes a comment, later ones `__metadata` with the form of the file (4 to 7: Yarn 2 and 3; 8: Yarn 4). */
function checkYarn(
  files: FileTree,
  file: string,
  top: string,
  json: PackageJson,
  wanted: Record<string, string>,
): { manager: 'yarn' | 'yarn-berry'; yarn: number } {
  let lock: Table
  try {
    lock = table(parseSyml(textOf(files, file)))
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SyntaxError') throw error
    throw unreadable(file, error.message)
  }
  const form = text(lock, '__metadata', 'version')
  const entries = Object.keys(lock).flatMap((key) => key.split(/,\s*/))
  const isBerry = form !== undefined
  const about = { file, json, remedy: isBerry ? 'yarn install --mode=update-lockfile' : 'yarn install' }
  for (const [name, range] of Object.entries(wanted)) {
    const known = entries.some((entry) =>
      isBerry ? entry.startsWith(`${name}@`) : entry === `${name}@${range}` || isLocal(range),
    )
    const other = entries.find((entry) => entry.startsWith(`${name}@`))
    if (!known) throw contradiction(about, name, range, other?.slice(name.length + 1))
  }
  if (!isBerry) return { manager: 'yarn', yarn: 1 }
  checkHashes(files, top, lock)
  return { manager: 'yarn-berry', yarn: Number(form) >= 8 ? 4 : 3 }
}

/** Packages of the repository itself: a lock file of Yarn 1 does not name them. */
function isLocal(range: string): boolean {
  return /^(?:\*|workspace:|file:|link:|portal:)/.test(range)
}

/** Yarn keeps no checksums of packages for other platforms than the one that wrote the file. */
function checkHashes(files: FileTree, top: string, lock: Table): void {
  const without = Object.entries(lock).find(
    ([, entry]) => text(entry, 'conditions') !== undefined && text(entry, 'checksum') === undefined,
  )
  if (!without || hasFile(files, inDir(top, MISSING_HASHES))) return
  throw usageError({
    what: `${inDir(top, 'yarn.lock')} has no checksum of ${without[0]}, a package for some platforms only`,
    why: 'Yarn writes those of its own platform, and a build fetches all.',
    still: 'Nothing was written.',
    next: `Run \`nix run nixpkgs#yarn-berry_4.yarn-berry-fetcher -- missing-hashes yarn.lock > ${MISSING_HASHES}\`${top === '' ? '' : ` in ${top}`}, commit it, and try again.`,
  })
}

/** What nixpkgs reads beside a lock file of Yarn 2 or later. */
export const MISSING_HASHES = 'missing-hashes.json'
