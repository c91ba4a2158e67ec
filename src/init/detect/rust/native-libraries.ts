/** What a crate of C bindings needs of nixpkgs to compile and link. */
export interface NativeNeed {
  /** Programs that the build runs. */
  native: string[]
  /** Libraries it links with. */
  libraries: string[]
  env?: Record<string, string>
}

const linked = (...libraries: string[]): NativeNeed => ({ native: ['pkg-config'], libraries })
const built = (...native: string[]): NativeNeed => ({ native, libraries: [] })

/**
 * Crates that fail to build without a library or a program. Those that bring their C sources and need but
 * a compiler (ring, zstd-sys, tikv-jemalloc-sys) are not here.
 */
const NEEDS: Record<string, NativeNeed> = {
  'alsa-sys': linked('alsa-lib'),
  'aws-lc-fips-sys': built('cmake', 'go', 'perl'),
  'aws-lc-sys': built('cmake'),
  bindgen: built('rustPlatform.bindgenHook'),
  'bzip2-sys': linked('bzip2'),
  'cairo-sys-rs': linked('cairo'),
  cmake: built('cmake'),
  'curl-sys': linked('curl'),
  'fontconfig-sys': linked('fontconfig'),
  'freetype-sys': linked('freetype'),
  'gdk-pixbuf-sys': linked('gdk-pixbuf'),
  'glib-sys': linked('glib'),
  'gobject-sys': linked('glib'),
  'gstreamer-sys': linked('gst_all_1.gstreamer'),
  'krb5-sys': linked('libkrb5'),
  'libdbus-sys': linked('dbus'),
  'libgit2-sys': linked('libgit2'),
  'libsodium-sys': { ...linked('libsodium'), env: { SODIUM_USE_PKG_CONFIG: '1' } },
  'libsodium-sys-stable': { ...linked('libsodium'), env: { SODIUM_USE_PKG_CONFIG: '1' } },
  'libsqlite3-sys': linked('sqlite'),
  'libssh2-sys': linked('libssh2', 'openssl'),
  'libudev-sys': linked('udev'),
  libxml: linked('libxml2'),
  'libz-ng-sys': built('cmake'),
  'libz-sys': linked('zlib'),
  'lzma-sys': linked('xz'),
  magick_rust: { native: ['pkg-config', 'rustPlatform.bindgenHook'], libraries: ['imagemagick'] },
  'mysqlclient-sys': linked('libmysqlclient'),
  'openssl-sys': linked('openssl'),
  'pango-sys': linked('pango'),
  'pq-sys': linked('libpq'),
  'prost-build': built('protobuf'),
  'protobuf-codegen': built('protobuf'),
  'proj-sys': linked('proj'),
  'rdkafka-sys': built('cmake'),
  'librocksdb-sys': {
    native: ['rustPlatform.bindgenHook'],
    libraries: ['rocksdb'],
    env: { ROCKSDB_LIB_DIR: `\${pkgs.rocksdb}/lib` },
  },
  'servo-fontconfig-sys': linked('fontconfig'),
  'sdl2-sys': linked('SDL2'),
  'snappy-sys': linked('snappy'),
  systemd: linked('systemdLibs'),
  'libsystemd-sys': linked('systemdLibs'),
  'tonic-build': built('protobuf'),
  'unixodbc-sys': linked('unixODBC'),
  'webp-sys': linked('libwebp'),
  'yeslogic-fontconfig-sys': linked('fontconfig'),
  'zmq-sys': linked('zeromq'),
}

/** A package of `Cargo.lock`. */
export interface LockedCrate {
  name: string
  version: string
  source: string | undefined
  dependencies: string[]
}

/** A crate of the lock file that needs something, and what. */
export interface NativeCrate {
  crate: string
  need: NativeNeed
}

/** What the crates of a lock file need of nixpkgs. */
export function nativeCrates(locked: readonly LockedCrate[]): NativeCrate[] {
  return locked.flatMap((crate) => {
    const need = NEEDS[crate.name]
    // A build script's helper: the crate with the build script is named too.
    if (
      crate.name === 'cmake' &&
      locked.some(({ name }) => name !== 'cmake' && NEEDS[name]?.native.includes('cmake'))
    )
      return []
    const copy = OWN_COPY[crate.name]
    if (!need || (copy !== undefined && crate.dependencies.includes(copy))) return []
    return [{ crate: crate.name, need }]
  })
}

/**
 * The dependency by which a feature makes a crate compile its own copy: a lock file names optional
 * dependencies only where a feature asks for them.
 */
const OWN_COPY: Record<string, string> = {
  'libsqlite3-sys': 'cc',
  'mysqlclient-sys': 'mysqlclient-src',
  'openssl-sys': 'openssl-src',
  'pq-sys': 'pq-src',
}
