import { usageError } from '../../../errors.js'
import { distinctAssets, findAssets, findNamedFolders } from '../assets.js'
import { findDataFolders, findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import { NIXPKGS } from '../nixpkgs.js'
import type { Fact, GoBuild, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { matches } from '../source.js'
import { findTool } from '../tools.js'
import { counted, type FileTree, type Found, hasFile, inDir, whereIs } from '../tree.js'
import { commandsElsewhere, type GoCommand, goCommands, moduleName } from './commands.js'
import { isAddress } from './listening.js'
import {
  type GoModule,
  goVersionPlace,
  type LocalModules,
  localModules,
  readModule,
  vendoring,
} from './module.js'
import { goNative } from './native-libraries.js'

const ADDRESS = String.raw`["\x60](?:[\w.\[\]:]*?):(?<port>\d{1,5})["\x60]`
const PORTS = [
  new RegExp(
    String.raw`(?:ListenAndServe(?:TLS)?|Listen|Start|Run|Serve)\(\s*(?:"tcp[46]?"\s*,\s*)?${ADDRESS}`,
  ),
  new RegExp(String.raw`\bAddr:\s*${ADDRESS}`),
  new RegExp(
    String.raw`flag\.String(?:Var)?\([^)\n]*?["\x60][\w-]*(?:addr|listen|bind|http|port)[\w-]*["\x60]\s*,\s*${ADDRESS}`,
  ),
  /flag\.Int(?:Var)?\([^)\n]*?"[\w-]*port[\w-]*"\s*,\s*(?<port>\d{2,5})/,
  new RegExp(String.raw`\b\w*(?:[aA]ddr|ADDR|[pP]ort|PORT|[lL]isten)\w*\s*(?:string\s*)?:?=\s*${ADDRESS}`),
  /\b\w*(?:[pP]ort|PORT)\w*\s*(?:string\s*|int\s*)?:?=\s*"?(?<port>\d{2,5})\b/,
]
const SOCKETS = [/\bactivation\.(?:Listeners|Files)\w*\(/, /"LISTEN_FDS"/]
const FILE_CALLS = [
  ...[
    'http.Dir',
    'ParseGlob',
    'ParseFiles',
    'LoadHTMLGlob',
    'LoadHTMLFiles',
    'os.ReadFile',
    'os.Open',
    'os.DirFS',
  ],
  ...['Static', 'StaticFS', 'StaticFile', 'ServeFile', 'html.New', 'os.ReadDir', 'http.ServeFile'],
]
const SQLITE_MODULES =
  /^(?:github\.com\/mattn\/go-sqlite3|modernc\.org\/sqlite|github\.com\/glebarez\/(?:go-)?sqlite|gorm\.io\/driver\/sqlite|zombiezen\.com\/go\/sqlite|github\.com\/ncruces\/go-sqlite3)$/

/** A Go module, where a folder has a `go.mod`. */
export function recogniseGo(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'go.mod')
  if (!hasFile(tree, file)) return withoutModule(tree, dir)
  const module = readModule(tree, dir)
  const local = localModules(tree, dir, module)
  const commands = goCommands(tree, dir, module.path, local.dirs)
  if (commands.length === 0) throw noCommand(tree, dir, file)
  const vendor = vendoring(tree, dir, module, local)
  const requires = module.requires.map(({ path, line }) => ({ value: path, at: { file, line } }))
  const sources = [
    ...new Map(
      commands.flatMap((command) => command.sources.map((source) => [source.file, source])),
    ).values(),
  ]
  const native = goNative(requires, sources)
  const staticcheck =
    findTool(tree, dir, /\bstaticcheck\b/)?.at ?? placeOf(tree, inDir(dir, 'staticcheck.conf'))
  const unstable = Number(module.go?.split('.')[1] ?? 0) > NIXPKGS.goMinor
  const build: GoBuild = {
    kind: 'go',
    pname: moduleName(module.path),
    vendor: vendor === 'hash' ? 'hash' : 'none',
    neighbours: vendor !== 'folder' && (local.dirs.size > 1 || local.work !== undefined),
    nativeBuildInputs: native.some(({ pkgConfig }) => pkgConfig) ? ['pkg-config'] : [],
    buildInputs: [...new Set(native.map(({ library }) => library))].sort(),
    tags: requires.some(({ value }) => value === 'github.com/mattn/go-sqlite3') ? ['libsqlite3'] : [],
    checks: { staticcheck: staticcheck !== undefined },
    unstable,
  }
  const embeds = matches(sources, /\/\/go:embed\s+(?<what>[^\n]+)/, 'raw')
  const facts: Fact[] = [
    ...(module.go ? [{ label: 'go', text: module.go, at: goVersionPlace(tree, dir) }] : []),
    ...dependencyFacts(dir, vendor, module, local),
    ...native.map((need) => ({
      label: 'native',
      text: `${need.library} for ${need.for.value}`,
      at: need.for.at,
    })),
    ...embeds.map(({ groups, at }) => ({ label: 'embedded', text: groups.what ?? '', at })),
    ...(staticcheck
      ? [{ label: 'checks', text: 'staticcheck, since the repository uses it', at: staticcheck }]
      : []),
  ]
  return {
    dir,
    name: moduleName(module.path),
    description: undefined,
    what: 'Go module',
    at: whereIs(tree, file, /^module\s/),
    ...(local.root === dir ? {} : { source: local.root }),
    build,
    programs: commands.map((command) => describe(tree, dir, command, requires)),
    facts,
    notes: unstable
      ? [`Go ${module.go} is newer than nixpkgs' last release: the flake follows nixos-unstable`]
      : [],
  }
}

function dependencyFacts(
  dir: string,
  vendor: 'folder' | 'hash' | 'none',
  { requires, replaces }: GoModule,
  { dirs, work }: LocalModules,
): Fact[] {
  const label = 'dependencies'
  const place = (name: string) => ({ file: inDir(dir, name), line: 1 })
  const own = [...dirs].filter(
    ([path, folder]) => folder !== dir && requires.some((one) => one.path === path),
  )
  const neighbours = own.map(([path, folder]) => ({
    label,
    text: `${path}, in ${folder}`,
    at: { file: work ?? inDir(dir, 'go.mod'), line: replaces.find((one) => one.path === path)?.line ?? 1 },
  }))
  const fetched = requires.filter(({ path }) => !dirs.has(path)).length
  if (vendor === 'folder')
    return [...neighbours, { label, text: 'in the vendor folder', at: place('vendor/modules.txt') }]
  if (vendor === 'hash')
    return [...neighbours, { label, text: `${counted(fetched, 'module')}, locked`, at: place('go.sum') }]
  if (neighbours.length > 0) return neighbours
  return [{ label, text: 'none but the standard library', at: place('go.mod') }]
}

function placeOf(tree: FileTree, file: string) {
  return hasFile(tree, file) ? { file, line: 1 } : undefined
}

function describe(
  tree: FileTree,
  dir: string,
  command: GoCommand,
  requires: readonly Found<string>[],
): Program {
  const { sources } = command
  const reads = environmentReads(sources)
  const listen = findListening(sources, reads, {
    ports: PORTS,
    sockets: SOCKETS,
    framework: gin(command, requires),
    isAddress: (name) => isAddress(sources, name),
  })
  const library = requires.find(({ value }) => SQLITE_MODULES.test(value) && importsDriver(command))
  const state = findState(sources, reads, library)
  const assets = distinctAssets([
    ...findAssets(tree, dir, sources, FILE_CALLS),
    ...findNamedFolders(tree, dir, sources),
  ])
  const serves =
    listen !== undefined &&
    matches(sources, /\bListenAndServe|\bnet\.Listen\(|\.(?:Run|Start|Listen|Serve)\(/).length > 0
  return serviceProgram(command.name, {
    reads,
    listen: serves ? listen : undefined,
    health: findHealth(sources),
    state,
    folders: findDataFolders(tree, dir, reads),
    assets,
  })
}

/** Whether a command's own packages open a database: others of the module may be the ones that do. */
function importsDriver({ sources }: GoCommand): boolean {
  return (
    matches(
      sources,
      /"(?:database\/sql|gorm\.io\/gorm|github\.com\/jmoiron\/sqlx|zombiezen[^"]*|[^"]*sqlite[^"]*)"/,
    ).length > 0
  )
}

/** gin's `Run()` without an address follows `$PORT`, else takes 8080. */
function gin({ sources }: GoCommand, requires: readonly Found<string>[]) {
  const used = requires.find(({ value }) => value === 'github.com/gin-gonic/gin')
  const [run] = matches(sources, /\.Run\(\s*\)/)
  return used && run ? { why: "gin's Run() reads $PORT", listen: 'port' as const, at: run.at } : undefined
}

/** A program without a module can't be built: it says what makes one. */
function withoutModule(tree: FileTree, dir: string): undefined {
  const file = inDir(dir, 'main.go')
  if (!/^package main\b/m.test(tree.read(file) ?? '')) return undefined
  throw usageError({
    what: `${file} is a Go program, but there is no go.mod`,
    why: 'Go builds modules, and a go.mod says which versions of others one takes.',
    still: 'Nothing was written.',
    next: `Run \`go mod init example.org/${tree.name} && go mod tidy\`, commit go.mod and go.sum, and try again.`,
  })
}

function noCommand(tree: FileTree, dir: string, file: string) {
  const elsewhere = commandsElsewhere(tree, dir)
  return usageError({
    what:
      elsewhere.length === 0
        ? `${file} is of a library: it has no program to run`
        : `${file} has no program for Linux`,
    why:
      elsewhere.length === 0
        ? 'No folder has a package main with a func main.'
        : `Their names or build constraints leave out ${elsewhere.join(', ')}.`,
    still: 'Nothing was written.',
    next: 'Add a program, or run `slipway init` where one is.',
  })
}
