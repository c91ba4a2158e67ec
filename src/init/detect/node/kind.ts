import { SlipwayError, usageError } from '../../../errors.js'
import { readJson, text } from '../manifest.js'
import type { NodeBuildStep } from '../project.js'
import { found } from '../provenance.js'
import type { Word } from '../script.js'
import { type FileTree, hasDir, hasFile, inDir, whereIs, whereText } from '../tree.js'
import { nodeServer, RUNNER_PACKAGES, serverOf } from './command.js'
import { findFramework, type NodeKind } from './frameworks.js'
import type { PackageJson } from './package-json.js'
import { entryOf, type NodeEntry, usualEntry } from './server.js'
import { findStart, isDevelopmentTool, notUnderstood, type Start } from './start.js'
import { isWorkspaceTop } from './workspace.js'

/** What a package makes, and how. */
export interface RunningKind extends NodeKind {
  /** What builds it. */
  steps: NodeBuildStep[]
  /** The source that it starts with, where that is known. */
  source: string | undefined
  /** What runs it in place of Node: `bun`. */
  runtime?: string
}

/**
 * What a package makes: the server that its start script runs, or what its framework makes.
 * @throws SlipwayError where it starts something that isn't understood.
 */
export function findKind(tree: FileTree, json: PackageJson): RunningKind | undefined {
  const framework = attempt(() => findFramework(tree, json.dir, json))
  const start = attempt(() => findStart(tree, json.dir, json))
  if (start instanceof SlipwayError) {
    // A site needs none, and a framework's server is known without it.
    if (framework && !(framework instanceof SlipwayError)) return ofFramework(json, framework)
    // At the top of a workspace scripts are for its packages, which are looked at by themselves.
    if (isWorkspaceTop(tree, json.dir)) return undefined
    throw start
  }
  if (start?.runs.kind === 'elsewhere') {
    return framework && !(framework instanceof SlipwayError) ? ofFramework(json, framework) : undefined
  }
  if (start?.runs.kind === 'node' || start?.runs.kind === 'runner') {
    const own = plainServer(tree, json, start)
    const made = framework instanceof SlipwayError ? undefined : framework
    return made && isMadeBy(made, start.runs.entry) ? ofFramework(json, made, start) : own
  }
  if (framework instanceof SlipwayError) throw framework
  if (start?.runs.kind === 'tool') return ofTool(tree, json, start, start.runs, framework)
  return framework ? ofFramework(json, framework) : withoutScript(tree, json)
}

function attempt<T>(work: () => T): T | SlipwayError {
  try {
    return work()
  } catch (error) {
    if (error instanceof SlipwayError) return error
    throw error
  }
}

/** The steps that a start script takes before its program, else the script `build`. */
function stepsOf(json: PackageJson, start?: Start): NodeBuildStep[] {
  if (start && start.build.length > 0) return start.build
  return json.scripts.build === undefined ? [] : [{ script: 'build' }]
}

function ofFramework(json: PackageJson, framework: NodeKind, start?: Start): RunningKind {
  const notes = [...(framework.notes ?? []), ...(start?.notes ?? [])]
  return { ...framework, notes, steps: stepsOf(json, start), source: undefined }
}

/** Whether a framework's build makes the file that a script starts. */
function isMadeBy({ output }: NodeKind, entry: string): boolean {
  const plain = entry.replace(/^\.\//, '').replace(/\/$/, '')
  if (output.kind === 'next-standalone') return plain === '.next/standalone/server.js'
  if (output.kind !== 'server') return false
  const made = output.words[0]?.text
  return made === plain || made === `${plain}.js` || made === `${plain}/index.js`
}

const LIBRARIES: Record<string, string> = {
  express: 'Express',
  fastify: 'Fastify',
  koa: 'Koa',
  '@nestjs/core': 'Nest',
  hono: 'Hono',
  '@hapi/hapi': 'hapi',
  polka: 'Polka',
}

function describeServer(json: PackageJson): string {
  const used = Object.keys(LIBRARIES).find((name) => json.dependencies[name] !== undefined)
  return `${LIBRARIES[used ?? ''] ?? 'Node'} application`
}

/** A file that Node runs, or a program of a package that runs it. */
function plainServer(tree: FileTree, json: PackageJson, start: Start): RunningKind {
  const { runs } = start
  if (runs.kind !== 'node' && runs.kind !== 'runner') throw new Error('no file is started')
  const steps = stepsOf(json, start)
  const entry = entryOf(tree, json, runs.entry, steps.length > 0 && runs.kind === 'node')
  if (!entry) throw notThere(tree, json, start, runs.entry)
  if (runs.kind === 'runner') checkRunner(json, start, runs.tool)
  const { output, notes } = serverOf(tree, json, start, entry.entry)
  return {
    what: describeServer(json),
    output: { ...output, files: steps.length > 0 ? filesOf(output.words, entry) : undefined },
    at: entry.source ? { file: entry.source, line: 1 } : start.at,
    notes: [...start.notes, ...notes],
    steps,
    source: entry.source,
    ...(runs.kind === 'runner' && runs.tool === 'bun' ? { runtime: 'bun' } : {}),
  }
}

/** What runs after a build is what it made, and what is loaded before; not the sources. */
function filesOf(
  words: readonly { text: string; isPath: boolean }[],
  { entry }: NodeEntry,
): string[] | undefined {
  const [folder = ''] = entry.split('/')
  if (!['dist', 'build', 'out', 'lib'].includes(folder)) return undefined
  const others = words.filter(({ isPath }) => isPath).map(({ text: path }) => path.split('/')[0] ?? '')
  return [...new Set([folder, ...others, 'node_modules', 'package.json'])]
}

function notThere(tree: FileTree, json: PackageJson, start: Start, entry: string) {
  const ignored = tree.isIgnored(inDir(json.dir, entry))
  return usageError({
    what: `${whereText(start.at)} starts ${entry || '.'}, which ${ignored ? 'git ignores' : 'is not there'}, and no script builds it`,
    why: start.script,
    still: 'Nothing was written.',
    next: 'Add a script "build" that makes it, or correct the script, and try again.',
  })
}

function checkRunner(json: PackageJson, start: Start, tool: string): void {
  const name = RUNNER_PACKAGES[tool] ?? tool
  if (tool === 'bun' || json.dependencies[name] || json.development[name]) return
  throw usageError({
    what: `${whereText(start.at)} runs ${tool}, and ${json.file} does not depend on ${name}`,
    why: start.script,
    still: 'Nothing was written.',
    next: `Run \`npm install ${name}\`, or what your package manager calls it, commit the lock file, and try again.`,
  })
}

/** Programs of packages that are servers, and what their words have to be. */
const SERVERS: Record<string, { what: string; env?: Record<string, string>; package?: string }> = {
  'remix-serve': { what: 'Remix application', env: { HOST: '127.0.0.1' }, package: '@remix-run/serve' },
  'react-router-serve': {
    what: 'React Router application',
    env: { HOST: '127.0.0.1' },
    package: '@react-router/serve',
  },
  fastify: { what: 'Fastify application', package: 'fastify-cli' },
  strapi: { what: 'Strapi application', env: { HOST: '127.0.0.1' }, package: '@strapi/strapi' },
  directus: { what: 'Directus application', env: { HOST: '127.0.0.1' } },
  vinxi: { what: 'Vinxi application', env: { HOST: '127.0.0.1' } },
  medusa: { what: 'Medusa application', package: '@medusajs/cli' },
}

/** Programs that serve a folder, which nginx does here. */
const FILE_SERVERS = new Set(['serve', 'http-server', 'sirv', 'live-server', 'lite-server'])

function ofTool(
  tree: FileTree,
  json: PackageJson,
  start: Start,
  { tool, args }: { tool: string; args: readonly Word[] },
  framework: NodeKind | undefined,
): RunningKind | undefined {
  if (tool === 'nest') return nest(tree, json, start)
  if (FILE_SERVERS.has(tool)) return servedFolder(tree, json, start, args, framework)
  const known = Object.hasOwn(SERVERS, tool) ? SERVERS[tool] : undefined
  if (known) {
    const keepsDevelopment = json.development[known.package ?? tool] !== undefined
    const words = args.map((each) => ({ ...each, isPath: false }))
    const output = {
      ...nodeServer('', []),
      tool,
      words,
      env: known.env ?? {},
      defaults: start.env,
      chdir: true,
      keepsDevelopment,
    }
    return {
      what: known.what,
      output,
      at: start.at,
      listens: `${tool} reads $PORT`,
      notes: start.notes,
      steps: stepsOf(json, start),
      source: undefined,
    }
  }
  if (framework && isDevelopmentTool({ tool, args })) return ofFramework(json, framework, start)
  throw notUnderstood(start.at, 'start', start.script, `${tool} is no program that slipway init knows`)
}

/** `nest start` builds and runs; what it runs is in nest-cli.json (Nest's documentation, "Workspaces"). */
function nest(tree: FileTree, json: PackageJson, start: Start): RunningKind {
  const file = inDir(json.dir, 'nest-cli.json')
  const cli = hasFile(tree, file) ? readJson(tree, file) : {}
  const name = text(cli, 'entryFile') ?? 'main'
  const root = text(cli, 'sourceRoot') ?? 'src'
  const isMonorepo = cli.monorepo === true
  const entry = isMonorepo ? `dist/${root.replace(/\/src$/, '')}/${name}.js` : `dist/${name}.js`
  const source = inDir(json.dir, `${root}/${name}.ts`)
  const steps = stepsOf(json, start)
  return {
    what: 'Nest application',
    output: nodeServer(entry, [], { files: ['dist', 'node_modules', 'package.json'], defaults: start.env }),
    at: hasFile(tree, source) ? { file: source, line: 1 } : start.at,
    notes: [...start.notes, `nest start runs what nest build makes, ${entry}`],
    steps: steps.length > 0 ? steps : [{ command: ['nest', 'build'] }],
    source: hasFile(tree, source) ? source : undefined,
  }
}

/** `serve -s build`: the folder is a site, and `-s` sends unknown paths to its first page. */
function servedFolder(
  tree: FileTree,
  json: PackageJson,
  start: Start,
  args: readonly Word[],
  framework: NodeKind | undefined,
): RunningKind {
  const isSingle = args.some(({ text: option }) => /^(?:-s|--single)$/.test(option))
  const fallback = isSingle
    ? { fallback: found({ value: 'index.html', at: start.at }, 'its server says so') }
    : {}
  if (framework?.output.kind === 'site') return { ...ofFramework(json, framework, start), ...fallback }
  const dir = args.find(
    ({ text: word, variables }) => !variables && /^[\w.][\w./-]*$/.test(word) && !/^\d+$/.test(word),
  )?.text
  const plain = (dir ?? '.').replace(/^\.\//, '').replace(/\/$/, '')
  const steps = stepsOf(json, start)
  if (plain === '.' || (steps.length === 0 && !hasDir(tree, inDir(json.dir, plain)))) {
    throw notUnderstood(
      start.at,
      'start',
      start.script,
      'which folder it serves is not said, or it is not there',
    )
  }
  return {
    what: 'site',
    output: { kind: 'site', dir: plain },
    at: start.at,
    notes: start.notes,
    steps,
    source: undefined,
    ...fallback,
  }
}

function withoutScript(tree: FileTree, json: PackageJson): RunningKind | undefined {
  const entry = usualEntry(tree, json.dir, json)
  if (!entry) return undefined
  const steps = stepsOf(json)
  const output = nodeServer(entry.entry, [])
  return {
    what: describeServer(json),
    output: { ...output, files: steps.length > 0 ? filesOf(output.words, entry) : undefined },
    at: entry.source ? { file: entry.source, line: 1 } : whereIs(tree, json.file, /"main"\s*:/),
    steps,
    source: entry.source,
  }
}
