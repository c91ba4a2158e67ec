import { readToml, strings, type Table, text } from '../manifest.js'
import { NIXPKGS } from '../nixpkgs.js'
import { type FileTree, type Found, hasFile, inDir, whereIs } from '../tree.js'

/** The toolchain that a repository asks for. */
export interface Toolchain {
  /** The file that names one other than nixpkgs' own. */
  file: string | undefined
  /** What the file says, where there is one. */
  channel: Found<string> | undefined
  /** Components it has beside rustc and cargo; all usual ones where the file doesn't say. */
  has: (component: string) => boolean
}

/** `rust-toolchain.toml`, or its older form. */
export function readToolchain(tree: FileTree, dir: string): Toolchain {
  const file = ['rust-toolchain.toml', 'rust-toolchain']
    .map((name) => inDir(dir, name))
    .find((name) => hasFile(tree, name))
  if (file === undefined) return { file: undefined, channel: undefined, has: () => true }
  const plain = (tree.read(file) ?? '').trim()
  const given: Table = /^[\w.-]+$/.test(plain) ? { toolchain: { channel: plain } } : readToml(tree, file)
  const channel = text(given, 'toolchain', 'channel') ?? 'stable'
  const at = whereIs(tree, file, /channel|^[\w.-]+$/)
  const minimal = text(given, 'toolchain', 'profile') === 'minimal'
  const components = strings(given, 'toolchain', 'components')
  const own = channel === 'stable'
  return {
    file: own ? undefined : file,
    channel: { value: channel, at },
    has: (component) => own || !minimal || components.includes(component),
  }
}

/** Whether a `rust-version` is newer than the Rust of the nixpkgs that flakes name. */
export function needsNewerRust(version: string | undefined): boolean {
  const minor = Number(/^1\.(\d+)/.exec(version ?? '')?.[1] ?? 0)
  return minor > NIXPKGS.rustMinor
}
