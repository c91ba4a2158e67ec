/** The files of a folder, to read and never to change. All recognition works on this. */
export interface FileTree {
  /** The folder's own name. */
  name: string
  /** Every file that Nix would see once it is tracked: relative paths, sorted. */
  files: readonly string[]
  /** A file's text; undefined where there is none, or where it can't be read: then {@link unread} says why. */
  read(path: string): string | undefined
  /** Files that were to be read and could not be, and why. */
  unread: ReadonlyMap<string, string>
  /** Whether a file is there that git ignores, so that Nix won't see it. */
  isIgnored(path: string): boolean
}

/** A place in a file of the tree. Lines count from 1. */
export interface Where {
  file: string
  line: number
}

/** Something read from a file, and where. */
export interface Found<T> {
  value: T
  at: Where
}

/** `dir/file`; the root is ''. */
export function inDir(dir: string, file: string): string {
  if (file === '' || file === '.') return dir
  const plain = file.replace(/^\.\//, '')
  return dir === '' ? plain : `${dir}/${plain}`
}

/** A path as a file of a folder has it, `../x` too; undefined where it leads out of the tree. */
export function joinPath(dir: string, path: string): string | undefined {
  const parts = dir.split('/').filter(Boolean)
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return path.startsWith('/') ? undefined : parts.join('/')
}

/** The innermost folder that both are in. */
export function commonDir(one: string, other: string): string {
  const [a, b] = [one, other].map((dir) => dir.split('/').filter(Boolean))
  const length = (a ?? []).findIndex((part, index) => part !== b?.[index])
  return (a ?? []).slice(0, length < 0 ? undefined : length).join('/')
}

/** The folder of a path; '' for files of the root. */
export function dirOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

/** The files below a folder. */
export function filesIn(tree: FileTree, dir: string): string[] {
  return dir === '' ? [...tree.files] : tree.files.filter((file) => file.startsWith(`${dir}/`))
}

/** Whether a folder holds any file. */
export function hasDir(tree: FileTree, dir: string): boolean {
  return tree.files.some((file) => file.startsWith(`${dir}/`))
}

/** Whether a file is there. */
export function hasFile(tree: FileTree, path: string): boolean {
  return tree.files.includes(path)
}

/** The names of a folder's folders. */
export function dirsIn(tree: FileTree, dir: string): string[] {
  const start = dir === '' ? 0 : dir.length + 1
  const names = filesIn(tree, dir)
    .filter((file) => file.includes('/', start))
    .map((file) => file.slice(start, file.indexOf('/', start)))
  return [...new Set(names)]
}

/** The place of the first line that matches; the first line where none does. */
export function whereIs(tree: FileTree, file: string, pattern: RegExp): Where {
  const lines = (tree.read(file) ?? '').split('\n')
  return {
    file,
    line:
      Math.max(
        0,
        lines.findIndex((line) => pattern.test(line)),
      ) + 1,
  }
}

/** `file:line`, as compilers have it. */
export function whereText({ file, line }: Where): string {
  return `${file}:${line}`
}

/** `1 package`, `2 packages`, `no packages`. */
export function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`
}

/** A text as a regular expression that matches it and nothing else. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
