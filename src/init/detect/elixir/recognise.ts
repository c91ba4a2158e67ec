import { usageError } from '../../../errors.js'
import { findDataFolders, findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import type { ElixirBuild, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { readSources, withoutComments } from '../source.js'
import { counted, type FileTree, type Found, filesIn, hasDir, hasFile, inDir, whereIs } from '../tree.js'

const PORTS = [/\bport:\s*(?<port>\d{2,5})/]

/** A Phoenix or other Elixir application, where a folder has a `mix.exs` that names one. */
export function recogniseElixir(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'mix.exs')
  if (!hasFile(tree, file)) return undefined
  const text = withoutComments(tree.read(file) ?? '', 'python')
  const name = /\bapp:\s*:(\w+)/.exec(text)?.[1]
  if (name === undefined) return undefined
  const lock = inDir(dir, 'mix.lock')
  const dependencies = new Set([...text.matchAll(/\{\s*:(\w+)\s*,/g)].map((match) => match[1] ?? ''))
  if (dependencies.size > 0 && !hasFile(tree, lock)) throw lockMissing(tree, lock)
  const phoenix = dependencies.has('phoenix')
  const assets = phoenix && hasDir(tree, inDir(dir, 'assets'))
  const build: ElixirBuild = { kind: 'elixir', pname: name, phoenix, dependencies: dependencies.size > 0 }
  return {
    dir,
    name,
    description: /\bdescription:\s*"([^"]*)"/.exec(text)?.[1],
    what: phoenix ? 'Phoenix application' : 'Elixir application',
    at: whereIs(tree, file, /\bapp:\s*:/),
    build,
    programs: [describe(tree, dir, name, dependencies)],
    facts: [
      {
        label: 'dependencies',
        text: dependencies.size > 0 ? `${counted(dependencies.size, 'package')}, locked` : 'none',
        at: { file: dependencies.size > 0 ? lock : file, line: 1 },
      },
    ],
    notes: [
      ...(assets
        ? [
            '`mix assets.deploy` is not run: its esbuild and tailwind come from the network. Commit priv/static, or add them to the flake',
          ]
        : []),
      ...(dependencies.has('ecto_sql')
        ? [
            'migrations are not run by a deploy: call them from the application, or by `bin/migrate` of the release',
          ]
        : []),
    ],
  }
}

function describe(tree: FileTree, dir: string, name: string, dependencies: ReadonlySet<string>): Program {
  const runtime = inDir(dir, 'config/runtime.exs')
  const files = [runtime, ...filesIn(tree, inDir(dir, 'lib'))].filter((file) => /\.exs?$/.test(file))
  const sources = readSources(tree, files, 'python')
  const reads = environmentReads(sources).map((read) => ({
    ...read,
    required: read.required || fails(tree, read.name, files),
  }))
  const library = ['ecto_sqlite3', 'exqlite'].find((one) => dependencies.has(one))
  const at = whereIs(tree, inDir(dir, 'mix.exs'), new RegExp(`:${library ?? 'phoenix'}\\b`))
  const sqlite: Found<string> | undefined = library === undefined ? undefined : { value: library, at }
  return serviceProgram(name, {
    reads,
    listen: findListening(sources, reads, {
      ports: PORTS,
      framework: dependencies.has('phoenix')
        ? { why: "Phoenix' default", listen: { port: 4000 }, at }
        : undefined,
    }),
    health: findHealth(sources),
    state: findState(sources, reads, sqlite),
    folders: findDataFolders(tree, dir, reads),
    assets: [],
  })
}

/** `System.fetch_env!("X")`, and `System.get_env("X") || raise`. */
function fails(tree: FileTree, name: string, files: readonly string[]): boolean {
  const pattern = new RegExp(`fetch_env!\\(\\s*"${name}"|get_env\\(\\s*"${name}"\\s*\\)\\s*\\|\\|\\s*raise`)
  return files.some((file) => pattern.test(tree.read(file) ?? ''))
}

function lockMissing(tree: FileTree, file: string) {
  return usageError({
    what: tree.isIgnored(file) ? `git ignores ${file}, so Nix can't see it` : `there is no ${file}`,
    why: 'A build has no network: the lock file tells which packages to fetch beforehand.',
    still: 'Nothing was written.',
    next: 'Run `mix deps.get`, commit mix.lock, and try again.',
  })
}
