import { distinctAssets, findAssets, findNamedFolders } from '../assets.js'
import { findDataFolders, findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening, type ListenHints } from '../listening.js'
import type { Program } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { readSources, type Source } from '../source.js'
import { type FileTree, type Found, filesIn, hasDir, hasFile, inDir, whereIs } from '../tree.js'
import type { Binary, Crate } from './crates.js'

const ADDRESS = String.raw`"(?:(?:\d{1,3}\.){3}\d{1,3}|localhost|\[::1?\]):(?<port>\d{1,5})"`
const PORTS = [
  new RegExp(
    String.raw`(?:bind|listen|serve|SocketAddr\w*|from_str|ADDR\w*|addr\w*|[Ll]isten\w*)\b[^;\n]{0,60}?\(?\s*&?${ADDRESS}`,
  ),
  new RegExp(String.raw`${ADDRESS}\s*(?:\.parse|\.to_socket_addrs)`),
  /\(\s*\[\s*(?:\d+\s*,\s*\d+\s*,\s*\d+\s*,\s*\d+)\s*\]\s*,\s*(?<port>\d{2,5})(?:u16)?\s*\)/,
  /\(\s*(?:std::net::)?Ipv[46]Addr::\w+(?:\([^)]*\))?(?:\.into\(\))?\s*,\s*(?<port>\d{2,5})\s*\)/,
  /\bbind\(\s*\(\s*"(?:[^"]*)"\s*,\s*(?<port>\d{2,5})\s*\)/,
  /\b(?:const|static|let)\s+\w*(?:PORT|port)\w*\s*(?::\s*u16)?\s*=\s*(?<port>\d[\d_]{1,5})\b/,
]
const SOCKETS = [/\btake_unix_listener\b/, /\bsd_listen_fds\b|\blisten_fds\(/]
const FILE_CALLS = [
  ...['ServeDir::new', 'ServeFile::new', 'Tera::new', 'Files::new', 'NamedFile::open', 'FileServer::from'],
  ...['read_to_string', 'fs::read', 'File::open', 'read_dir', 'path_loader', 'register_templates_directory'],
  ...['fs::dir', 'fs::file'],
]
const SQLITE_CRATES = ['rusqlite', 'tokio-rusqlite', 'r2d2_sqlite', 'libsql', 'sqlite']

/** The programs of a crate, each with what its source tells. */
export function rustPrograms(
  tree: FileTree,
  crate: Crate,
  crates: readonly Crate[],
  root: string,
): Program[] {
  return crate.binaries.map((binary) => {
    const used = [crate, ...crates.filter(({ dir }) => dependsOn(crate, dir, crates))]
    const sources = readSources(tree, sourceFiles(tree, crate, used, binary), 'rust')
    const program = describe(tree, binary.name, sources, used, root)
    return binary.name === crate.defaultRun ? { ...program, preferred: true } : program
  })
}

/** Whether a crate depends on the one in a folder, directly or not. */
function dependsOn(crate: Crate, dir: string, crates: readonly Crate[], seen: string[] = []): boolean {
  if (crate.dir === dir) return false
  return crate.dependencies.some(({ dir: path }) => {
    if (path === undefined) return false
    if (path === dir) return true
    const next = crates.find((other) => other.dir === path && !seen.includes(path))
    return next !== undefined && dependsOn(next, dir, crates, [...seen, path])
  })
}

/** The file with `main` first, then its crate's own, then those of crates it depends on. */
function sourceFiles(tree: FileTree, crate: Crate, used: readonly Crate[], binary: Binary): string[] {
  const ownDir = binary.file.endsWith('/main.rs') ? binary.file.slice(0, -'main.rs'.length) : undefined
  const others = new Set(
    used.flatMap(({ binaries }) => binaries.map(({ file }) => file)).filter((file) => file !== binary.file),
  )
  const own = (file: string) => ownDir?.includes('/bin/') === true && file.startsWith(ownDir)
  const shared = used.flatMap(({ dir }) =>
    filesIn(tree, inDir(dir, 'src')).filter(
      (file) => file.endsWith('.rs') && !others.has(file) && !file.startsWith(`${inDir(dir, 'src/bin')}/`),
    ),
  )
  const beside = filesIn(tree, inDir(crate.dir, 'src')).filter((file) => file.endsWith('.rs') && own(file))
  return [...new Set([binary.file, ...beside, ...shared])]
}

function describe(
  tree: FileTree,
  name: string,
  sources: Source[],
  used: readonly Crate[],
  root: string,
): Program {
  const reads = environmentReads(sources)
  const listen = findListening(sources, reads, {
    ports: PORTS,
    sockets: SOCKETS,
    framework: rocket(tree, used, root),
  })
  const library = sqliteCrate(tree, used)
  const state = findState(sources, reads, library)
  // sqlx and SeaORM take a URL, and make no file unless it says so.
  const byUrl = state && library && ['sqlx', 'sea-orm'].includes(library.value)
  const assets = distinctAssets([
    ...findAssets(tree, root, sources, FILE_CALLS),
    ...findNamedFolders(tree, root, sources),
    ...rocketFiles(tree, used, root),
  ])
  const folders = findDataFolders(tree, root, reads)
  return serviceProgram(name, {
    reads,
    listen,
    health: findHealth(sources),
    state: byUrl ? { ...state, value: { ...state.value, form: ['sqlite://', '?mode=rwc'] } } : state,
    folders,
    assets,
  })
}

/** The first of some crates that a manifest depends on. */
function findCrate(
  tree: FileTree,
  crates: readonly Crate[],
  names: readonly string[],
): Found<string> | undefined {
  for (const { dir, dependencies } of crates) {
    const entry = dependencies.find(({ crate }) => names.includes(crate))
    if (!entry) continue
    const file = inDir(dir, 'Cargo.toml')
    return { value: entry.crate, at: whereIs(tree, file, new RegExp(`\\b${entry.key}\\b`)) }
  }
  return undefined
}

function sqliteCrate(tree: FileTree, crates: readonly Crate[]): Found<string> | undefined {
  const plain = findCrate(tree, crates, SQLITE_CRATES)
  if (plain) return plain
  for (const { dir, dependencies } of crates) {
    const entry = dependencies.find(
      ({ crate, spec }) =>
        ['sqlx', 'diesel', 'sea-orm', 'diesel-async'].includes(crate) && /sqlite/.test(JSON.stringify(spec)),
    )
    if (entry) {
      return {
        value: entry.crate,
        at: whereIs(tree, inDir(dir, 'Cargo.toml'), new RegExp(`\\b${entry.key}\\b`)),
      }
    }
  }
  return undefined
}

/** Rocket names its port in Rocket.toml, or takes 8000. */
function rocket(tree: FileTree, crates: readonly Crate[], root: string): ListenHints['framework'] {
  const crate = findCrate(tree, crates, ['rocket'])
  if (!crate) return undefined
  const file = inDir(root, 'Rocket.toml')
  const port = /^\s*port\s*=\s*(\d+)/m.exec(tree.read(file) ?? '')?.[1]
  if (!hasFile(tree, file) || port === undefined)
    return { why: "Rocket's default", listen: { port: 8000 }, at: crate.at }
  return { why: 'in Rocket.toml', listen: { port: Number(port) }, at: whereIs(tree, file, /^\s*port\s*=/) }
}

/** What Rocket itself reads in its working directory. */
function rocketFiles(tree: FileTree, crates: readonly Crate[], root: string): Found<string>[] {
  const config = inDir(root, 'Rocket.toml')
  const templates = findCrate(tree, crates, ['rocket_dyn_templates'])
  const folder = inDir(root, 'templates')
  return [
    ...(findCrate(tree, crates, ['rocket']) && hasFile(tree, config)
      ? [{ value: config, at: { file: config, line: 1 } }]
      : []),
    ...(templates && hasDir(tree, folder) ? [{ value: folder, at: templates.at }] : []),
  ]
}
