import { usageError } from '../../../errors.js'
import { findAssets } from '../assets.js'
import { findDataFolders, findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import type { Database, Fact, NodeBuild, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { folderName, siteProgram } from '../sites/site.js'
import { matches, type Source } from '../source.js'
import { type FileTree, type Found, hasFile, inDir, whereIs, whereText } from '../tree.js'
import { basePath } from './base-path.js'
import type { NodeKind } from './frameworks.js'
import { findKind, type RunningKind } from './kind.js'
import { MISSING_HASHES, readLock } from './lock.js'
import { nativeNeeds } from './native-libraries.js'
import { type PackageJson, plainName, readPackage } from './package-json.js'
import { serverSources } from './server.js'
import { nodeVersion } from './version.js'
import { findWorkspace } from './workspace.js'

const PORTS = [
  /\.listen\(\s*(?<port>\d{2,5})\b/,
  /\.listen\(\s*\{[^}]*?\bport:\s*(?<port>\d{2,5})\b/,
  /\bserve\(\s*\{[^}]*?\bport:\s*(?<port>\d{2,5})\b/,
  /\b(?:const|let|var)\s+\w*(?:port|PORT|Port)\w*\s*(?::\s*number)?\s*=\s*(?<port>\d{2,5})\b/,
]
const SOCKETS = [/\.listen\(\s*\{[^}]*?\bfd:\s*3\b/]
const FILE_CALLS = [
  'express.static',
  'serveStatic',
  'readFileSync',
  'readFile',
  'createReadStream',
  'readdirSync',
]
const SQLITE_PACKAGES = ['better-sqlite3', 'sqlite3', 'sqlite', 'libsql', '@libsql/client']

/** A Node project that serves something, where a folder has a `package.json`. */
export function recogniseNode(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'package.json')
  if (!hasFile(tree, file)) return undefined
  const json = readPackage(tree, dir)
  const kind = findKind(tree, json)
  if (!kind) return undefined
  const workspace = findWorkspace(tree, json)
  const top = workspace?.top ?? dir
  const locked = readLock(tree, top, json)
  const version = nodeVersion(tree, dir === top ? [dir] : [dir, top], json)
  const name = plainName(json.name ?? folderName(tree, dir))
  const needs = nativeNeeds(tree, file, json)
  const member = dir === top ? '' : dir.slice(top === '' ? 0 : top.length + 1)
  const needed = workspace?.needs ?? []
  const manager = workspace && locked.manager === 'none' ? 'npm' : locked.manager
  if (workspace && manager === 'bun') throw unknownWorkspace(locked.file ?? file)
  const build: NodeBuild = {
    kind: 'node',
    pname: name,
    versioned: json.version !== undefined,
    manager,
    yarn: locked.manager === 'yarn-berry' ? `yarn-berry_${locked.yarn}` : undefined,
    missingHashes: locked.manager === 'yarn-berry' && hasFile(tree, inDir(top, MISSING_HASHES)),
    interpreter: kind.runtime ?? version.attribute,
    member,
    memberName: json.name ?? name,
    steps: [
      ...needed.flatMap((one) =>
        one.scripts.build === undefined
          ? []
          : [
              {
                script: 'build',
                of: { dir: one.dir.slice(top === '' ? 0 : top.length + 1), name: one.name ?? one.dir },
              },
            ],
      ),
      ...kind.steps,
    ],
    nativeBuildInputs: needs.native,
    buildInputs: needs.libraries,
    env: {
      ...needs.env,
      ...(json.dependencies.next ? { NEXT_TELEMETRY_DISABLED: '1' } : {}),
      ...('astro' in { ...json.dependencies, ...json.development } ? { ASTRO_TELEMETRY_DISABLED: '1' } : {}),
    },
    output: workspace ? wholeFolder(kind.output) : kind.output,
    checks: manager === 'none' || workspace ? [] : checkScripts(json),
  }
  const facts: Fact[] = [
    ...(kind.output.kind === 'site'
      ? [{ label: 'output', text: `files in ${kind.output.dir}/`, at: kind.at }]
      : []),
    ...version.facts,
    {
      label: 'dependencies',
      text: locked.file === undefined || manager === 'none' ? 'none' : `locked by ${manager}`,
      at: { file: manager === 'none' ? file : (locked.file ?? file), line: 1 },
    },
    ...needed.map((one) => ({
      label: 'workspace',
      text: `${one.name ?? one.dir}, of this repository`,
      at: { file: one.file, line: 1 },
    })),
    ...needs.facts,
    ...build.checks.map((script) => ({
      label: 'checks',
      text: `${manager} run ${script}`,
      at: whereIs(tree, file, new RegExp(`"${script}"\\s*:`)),
    })),
  ]
  return {
    dir,
    ...(workspace ? { source: top } : {}),
    name,
    description: json.description,
    what: kind.what,
    at: whereIs(tree, file, /"name"\s*:/),
    build,
    programs: [
      withBase(
        basePath(tree, json),
        kind.output.kind === 'site'
          ? { ...siteProgram(name, undefined), ...(kind.fallback ? { fallback: kind.fallback } : {}) }
          : describe(tree, dir, name, kind, json, serverSources(tree, dir, kind.source)),
      ),
    ],
    facts,
    notes: [...(kind.notes ?? []), ...version.notes],
  }
}

function withBase(base: Program['base'], program: Program): Program {
  if (base === undefined) return program
  const note = `${whereText(base.at)}: it is made to be served below ${base.value}: elsewhere its links lead nowhere`
  return { ...program, base, notes: [...program.notes, note] }
}

/** Packages of a workspace are links to folders beside: all of it is what runs. */
function wholeFolder(output: NodeKind['output']): NodeKind['output'] {
  return output.kind === 'server' ? { ...output, files: undefined, keepsDevelopment: true } : output
}

function unknownWorkspace(lock: string) {
  return usageError({
    what: `${lock} is of a workspace of bun, whose packages slipway init can't build`,
    still: 'Nothing was written.',
    next: 'Write a flake.nix yourself and run it again, or keep a lock file of npm or pnpm.',
  })
}

/** Scripts that need neither a browser nor a network, by their usual names. */
function checkScripts(json: PackageJson): string[] {
  return ['lint', 'typecheck', 'test'].filter((name) => {
    const script = json.scripts[name]
    return script !== undefined && !/no test specified|playwright|cypress|next lint|--watch/.test(script)
  })
}

function describe(
  tree: FileTree,
  dir: string,
  name: string,
  kind: RunningKind,
  json: PackageJson,
  sources: readonly Source[],
): Program {
  const reads = environmentReads(sources)
  const framework = kind.listens ? { why: kind.listens, listen: 'port' as const, at: kind.at } : undefined
  const listen = kind.listens
    ? { value: { listen: 'port' as const, env: {}, why: kind.listens, byInit: true as const }, at: kind.at }
    : findListening(sources, reads, { ports: PORTS, sockets: SOCKETS, framework })
  const inFolder = kind.output.kind === 'server' && kind.output.chdir
  const found = findState(sources, reads, sqlite(tree, json, sources))
  // Where it starts in its folder, that is what it reads, and it can't write there.
  const state = inFolder && found ? inSource(found) : found
  const assets = inFolder ? [] : findAssets(tree, dir, sources, FILE_CALLS)
  const health = kind.health ? { health: kind.health, note: undefined } : findHealth(sources)
  const folders = findDataFolders(tree, dir, reads)
  const program = serviceProgram(name, { reads, listen, health, state, folders, assets })
  const set = kind.output.kind === 'server' ? kind.output.defaults : {}
  return { ...program, variables: program.variables.filter(({ value }) => set[value] === undefined) }
}

/** A database by a path of the working directory, where that is the source. */
function inSource({ value, at }: Found<Database>): Found<Database> {
  const relative = value.path !== undefined && value.variable === undefined && !value.path.startsWith('/')
  return { value: relative ? { ...value, besideSource: true } : value, at }
}

function sqlite(tree: FileTree, json: PackageJson, sources: readonly Source[]) {
  const used = SQLITE_PACKAGES.find((name) => json.dependencies[name] !== undefined)
  if (used) return { value: used, at: whereIs(tree, json.file, new RegExp(`"${used}"`)) }
  const [builtin] = matches(sources, /["']node:sqlite["']/)
  return builtin && { value: 'node:sqlite', at: builtin.at }
}
