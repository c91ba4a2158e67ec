import { usageError } from '../../../errors.js'
import { readJson, type Table, table, text } from '../manifest.js'
import { NIXPKGS } from '../nixpkgs.js'
import { type FileTree, hasFile, inDir, literal, whereIs } from '../tree.js'

/** What of a `package.json` matters here. */
export interface PackageJson {
  file: string
  name: string | undefined
  version: string | undefined
  description: string | undefined
  main: string | undefined
  scripts: Record<string, string>
  dependencies: Record<string, string>
  development: Record<string, string>
  manifest: Table
}

/** Reads a `package.json`. */
export function readPackage(tree: FileTree, dir: string): PackageJson {
  const file = inDir(dir, 'package.json')
  const manifest = readJson(tree, file)
  return {
    file,
    name: text(manifest, 'name'),
    version: text(manifest, 'version'),
    description: text(manifest, 'description'),
    main: text(manifest, 'main'),
    scripts: stringsOf(manifest.scripts),
    dependencies: stringsOf(manifest.dependencies),
    development: stringsOf(manifest.devDependencies),
    manifest,
  }
}

function stringsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(table(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries)
}

/** Which package manager the lock file is of; refuses what has none, or one that contradicts the manifest. */
export function packageManager(tree: FileTree, dir: string, json: PackageJson): 'npm' | 'pnpm' | 'none' {
  const wanted = { ...json.dependencies, ...json.development }
  const has = (name: string) => hasFile(tree, inDir(dir, name))
  if (has('pnpm-lock.yaml')) {
    checkPnpmLock(tree, dir, json, wanted)
    return 'pnpm'
  }
  if (has('package-lock.json')) {
    checkNpmLock(tree, dir, json)
    return Object.keys(wanted).length === 0 ? 'none' : 'npm'
  }
  if (Object.keys(wanted).length === 0) return 'none'
  const other = ['yarn.lock', 'bun.lock', 'bun.lockb'].find(has)
  const ignored = ['package-lock.json', 'pnpm-lock.yaml']
    .map((name) => inDir(dir, name))
    .find((name) => tree.isIgnored(name))
  throw usageError({
    what: ignored
      ? `git ignores ${ignored}, so Nix can't see it`
      : other
        ? `${inDir(dir, other)} is of a package manager that slipway init doesn't know`
        : `there is no ${inDir(dir, 'package-lock.json')}`,
    why: 'A build has no network: the lock file tells which packages to fetch beforehand.',
    still: 'Nothing was written.',
    next: ignored
      ? 'Take it out of .gitignore, commit it, and try again.'
      : other
        ? 'Write a flake.nix yourself and run it again, or make a lock file of npm (`npm install --package-lock-only`) or pnpm (`pnpm import`).'
        : 'Run `npm install --package-lock-only`, commit package-lock.json, and try again.',
  })
}

function checkNpmLock(tree: FileTree, dir: string, json: PackageJson): void {
  const file = inDir(dir, 'package-lock.json')
  const lock = readJson(tree, file)
  const own = table(lock, 'packages', '')
  for (const [field, wanted] of [
    ['dependencies', json.dependencies],
    ['devDependencies', json.development],
  ] as const) {
    const locked = table(own, field)
    for (const [name, range] of Object.entries(wanted)) {
      if (locked[name] === range) continue
      const { line } = whereIs(tree, json.file, new RegExp(`"${literal(name)}"\\s*:`))
      throw contradiction(
        typeof locked[name] === 'string'
          ? `${file} has ${name} ${locked[name]}, but ${json.file}:${line} says ${range}`
          : `${file} doesn't have ${name}, which ${json.file}:${line} depends on`,
        'npm install --package-lock-only',
      )
    }
  }
}

function checkPnpmLock(tree: FileTree, dir: string, json: PackageJson, wanted: Record<string, string>): void {
  const file = inDir(dir, 'pnpm-lock.yaml')
  const lock = tree.read(file) ?? ''
  const missing = Object.keys(wanted).find(
    (name) => !new RegExp(`^\\s+'?${literal(name)}'?:`, 'm').test(lock),
  )
  if (missing === undefined) return
  const { line } = whereIs(tree, json.file, new RegExp(`"${literal(missing)}"\\s*:`))
  throw contradiction(
    `${file} doesn't have ${missing}, which ${json.file}:${line} depends on`,
    'pnpm install --lockfile-only',
  )
}

function contradiction(what: string, remedy: string) {
  return usageError({
    what,
    why: 'A build may not correct its lock file.',
    still: 'Nothing was written.',
    next: `Run \`${remedy}\`, commit it, and try again.`,
  })
}

/** The releases of Node that nixpkgs has beside its default. */
const OTHER_MAJORS = [22]

/** The attribute of nixpkgs with the Node that a project asks for: one release, not a range. */
export function nodeFor(tree: FileTree, dir: string, json: PackageJson): string {
  const wanted = [
    tree.read(inDir(dir, '.nvmrc')),
    tree.read(inDir(dir, '.node-version')),
    text(json.manifest, 'engines', 'node'),
  ].find((version) => version !== undefined)
  const major = Number(/^[v^~=]*(\d+)(?:\.|\s*$)/.exec(wanted?.trim() ?? '')?.[1])
  return OTHER_MAJORS.includes(major) && major !== NIXPKGS.nodeMajor ? `nodejs_${major}` : 'nodejs'
}
