import { usageError } from '../../../errors.js'
import { type FileTree, type Found, hasFile, inDir, whereIs } from '../tree.js'

/** What a `Gemfile.lock` says. */
export interface Gems {
  lock: string
  /** All gems, those that others depend on too. */
  names: ReadonlySet<string>
  /** `3.3.1` of `RUBY VERSION`. */
  ruby: string | undefined
  /** The gem of SQLite. */
  sqlite: Found<string> | undefined
}

/** Reads the `Gemfile.lock` of a folder with a `Gemfile`. */
export function readGems(tree: FileTree, dir: string): Gems {
  const lock = inDir(dir, 'Gemfile.lock')
  if (!hasFile(tree, lock)) throw missing(tree, lock)
  const text = tree.read(lock) ?? ''
  // Gems of a source are indented by four, what they depend on by six.
  const names = new Set([...text.matchAll(/^ {4}([\w.-]+) \(/gm)].map((match) => match[1] ?? ''))
  return {
    lock,
    names,
    ruby: /^RUBY VERSION\n\s+ruby ([\d.]+)/m.exec(text)?.[1],
    sqlite: names.has('sqlite3')
      ? { value: 'sqlite3', at: whereIs(tree, lock, /^ {4}sqlite3 \(/) }
      : undefined,
  }
}

/** What has to be done by hand for Nix to fetch gems. */
export function gemNotes(tree: FileTree, dir: string): string[] {
  if (hasFile(tree, inDir(dir, 'gemset.nix'))) return []
  const where = dir === '' ? '' : `in ${dir}, `
  return [
    `there is no gemset.nix, by which Nix fetches gems: ${where}run \`nix run nixpkgs#bundix\`, \`git add\` it, and again whenever Gemfile.lock changes`,
  ]
}

function missing(tree: FileTree, file: string) {
  return usageError({
    what: tree.isIgnored(file) ? `git ignores ${file}, so Nix can't see it` : `there is no ${file}`,
    why: 'A build has no network: the lock file tells which gems to fetch beforehand.',
    still: 'Nothing was written.',
    next: 'Run `bundle lock`, commit Gemfile.lock, and try again.',
  })
}
