import { findAssets } from '../assets.js'
import { findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import type { Fact, NodeBuild, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { folderName, siteProgram } from '../sites/site.js'
import { matches, type Source } from '../source.js'
import { type FileTree, hasFile, inDir, whereIs } from '../tree.js'
import { findFramework, type NodeKind } from './frameworks.js'
import { nativeNeeds } from './native-libraries.js'
import { nodeFor, type PackageJson, packageManager, readPackage } from './package-json.js'
import { findEntry, serverSources } from './server.js'

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
  const framework = findFramework(tree, dir, json)
  const kind = framework ?? plainServer(tree, dir, json)
  if (!kind) return undefined
  const manager = packageManager(tree, dir, json)
  const name = json.name?.replace(/^@[^/]*\//, '') ?? folderName(tree, dir)
  const source = framework ? undefined : findEntry(tree, dir, json)?.source
  const needs = nativeNeeds(tree, file, json)
  const build: NodeBuild = {
    kind: 'node',
    pname: name,
    versioned: json.version !== undefined,
    manager,
    interpreter: nodeFor(tree, dir, json),
    buildScript: json.scripts.build === undefined ? undefined : 'build',
    nativeBuildInputs: needs.native,
    buildInputs: needs.libraries,
    env: {
      ...needs.env,
      ...(json.dependencies.next ? { NEXT_TELEMETRY_DISABLED: '1' } : {}),
      ...('astro' in { ...json.dependencies, ...json.development } ? { ASTRO_TELEMETRY_DISABLED: '1' } : {}),
    },
    output: built(kind, json),
    checks: manager === 'none' ? [] : checkScripts(json),
  }
  const facts: Fact[] = [
    ...(kind.output.kind === 'site'
      ? [{ label: 'output', text: `files in ${kind.output.dir}/`, at: kind.at }]
      : []),
    {
      label: 'dependencies',
      text: manager === 'none' ? 'none' : `locked by ${manager}`,
      at: { file: lockFile(dir, manager) ?? file, line: 1 },
    },
    ...needs.facts,
    ...build.checks.map((script) => ({
      label: 'checks',
      text: `${manager} run ${script}`,
      at: whereIs(tree, file, new RegExp(`"${script}"\\s*:`)),
    })),
  ]
  return {
    dir,
    name,
    description: json.description,
    what: kind.what,
    at: whereIs(tree, file, /"name"\s*:/),
    build,
    programs: [
      kind.output.kind === 'site'
        ? siteProgram(name, undefined)
        : describe(tree, dir, name, kind, json, serverSources(tree, dir, source)),
    ],
    facts,
    notes: kind.notes ?? [],
  }
}

function lockFile(dir: string, manager: NodeBuild['manager']): string | undefined {
  if (manager === 'none') return undefined
  return inDir(dir, manager === 'npm' ? 'package-lock.json' : 'pnpm-lock.yaml')
}

function plainServer(tree: FileTree, dir: string, json: PackageJson): NodeKind | undefined {
  const entry = findEntry(tree, dir, json)
  if (!entry) return undefined
  const used = ['express', 'fastify', 'koa', '@nestjs/core', 'hono', '@hapi/hapi', 'polka'].find(
    (name) => json.dependencies[name],
  )
  const names: Record<string, string> = {
    express: 'Express',
    fastify: 'Fastify',
    koa: 'Koa',
    '@nestjs/core': 'Nest',
    hono: 'Hono',
    '@hapi/hapi': 'hapi',
    polka: 'Polka',
  }
  return {
    what: `${used ? (names[used] ?? used) : 'Node'} application`,
    output: { kind: 'server', entry: entry.entry, args: entry.args, files: undefined, env: {} },
    at: entry.source ? { file: entry.source, line: 1 } : whereIs(tree, json.file, /"start"\s*:/),
  }
}

/** What runs after a build is what it made, not the sources. */
function built(kind: NodeKind, json: PackageJson): NodeKind['output'] {
  const { output } = kind
  if (output.kind !== 'server' || output.files) return output
  const [folder = ''] = output.entry.split('/')
  const made = json.scripts.build !== undefined && ['dist', 'build', 'out', 'lib'].includes(folder)
  return made ? { ...output, files: [folder, 'node_modules', 'package.json'] } : output
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
  kind: NodeKind,
  json: PackageJson,
  sources: readonly Source[],
): Program {
  const reads = environmentReads(sources)
  const framework = kind.listens ? { why: kind.listens, listen: 'port' as const, at: kind.at } : undefined
  const listen = kind.listens
    ? { value: { listen: 'port' as const, env: {}, why: kind.listens }, at: kind.at }
    : findListening(sources, reads, { ports: PORTS, sockets: SOCKETS, framework })
  const state = findState(sources, reads, sqlite(tree, json, sources))
  const assets = findAssets(tree, dir, sources, FILE_CALLS)
  const health = kind.health ? { health: kind.health, note: undefined } : findHealth(sources)
  return serviceProgram(name, { reads, listen, health, state, assets })
}

function sqlite(tree: FileTree, json: PackageJson, sources: readonly Source[]) {
  const used = SQLITE_PACKAGES.find((name) => json.dependencies[name] !== undefined)
  if (used) return { value: used, at: whereIs(tree, json.file, new RegExp(`"${used}"`)) }
  const [builtin] = matches(sources, /["']node:sqlite["']/)
  return builtin && { value: 'node:sqlite', at: builtin.at }
}
