import { matches, type Source } from '../source.js'
import type { Found } from '../tree.js'

/** What `#cgo` lines and modules of C bindings need of nixpkgs, by pkg-config name, `-l` name or module path. */
const LIBRARIES: Record<string, string> = {
  'github.com/davidbyttow/govips/v2': 'vips',
  'github.com/h2non/bimg': 'vips',
  'github.com/libgit2/git2go/v34': 'libgit2',
  'github.com/mattn/go-sqlite3': 'sqlite',
  'github.com/pebbe/zmq4': 'zeromq',
  curl: 'curl',
  libcurl: 'curl',
  libgit2: 'libgit2',
  libpq: 'libpq',
  libsodium: 'libsodium',
  libwebp: 'libwebp',
  'libxml-2.0': 'libxml2',
  magic: 'file',
  openssl: 'openssl',
  sodium: 'libsodium',
  sqlite3: 'sqlite',
  vips: 'vips',
  webp: 'libwebp',
  z: 'zlib',
  zlib: 'zlib',
  zstd: 'zstd',
  libzstd: 'zstd',
}

/** A library that something needs. */
export interface GoNative {
  library: string
  for: Found<string>
  pkgConfig: boolean
}

/** The libraries that modules and `#cgo` lines ask for. */
export function goNative(requires: readonly Found<string>[], sources: readonly Source[]): GoNative[] {
  const modules = requires.flatMap((required) => {
    const library = LIBRARIES[required.value]
    return library === undefined ? [] : [{ library, for: required, pkgConfig: library !== 'sqlite' }]
  })
  const lines = matches(sources, /#cgo\b[^\n]*?(?<kind>pkg-config:|LDFLAGS:)(?<words>[^\n]*)/, 'raw')
  const own = lines.flatMap(({ groups, at }) =>
    (groups.words ?? '').split(/\s+/).flatMap((word) => {
      const library = LIBRARIES[groups.kind === 'pkg-config:' ? word : word.replace(/^-l/, '')]
      const pkgConfig = groups.kind === 'pkg-config:'
      return library === undefined ? [] : [{ library, for: { value: 'cgo', at }, pkgConfig }]
    }),
  )
  return [...modules, ...own]
}
