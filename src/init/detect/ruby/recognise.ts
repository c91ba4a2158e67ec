import { findState } from '../database.js'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import { NIXPKGS } from '../nixpkgs.js'
import type { Fact, ListenChoice, Program, Project, RubyBuild } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { folderName } from '../sites/site.js'
import { matches, readSources } from '../source.js'
import { counted, type FileTree, type Found, filesIn, hasFile, inDir, whereIs } from '../tree.js'
import { type Gems, gemNotes, readGems } from './gems.js'

const SKIPPED = /(?:^|\/)(?:spec|test|vendor|node_modules|db\/migrate)\//
const PORTS = [/\bset\s*\(?\s*:port\s*,\s*(?<port>\d{2,5})/, /\bPort:\s*(?<port>\d{2,5})/]

/** A Rails, Sinatra or other Rack application, where a folder has a `Gemfile` that names one. */
export function recogniseRuby(tree: FileTree, dir: string): Project | undefined {
  const file = inDir(dir, 'Gemfile')
  if (!hasFile(tree, file)) return undefined
  const serve = findServe(tree, dir)
  if (!serve) return undefined
  const gems = readGems(tree, dir)
  const name = folderName(tree, dir)
  const framework = gems.names.has('rails') ? 'Rails' : gems.names.has('sinatra') ? 'Sinatra' : 'Rack'
  const wanted =
    tree
      .read(inDir(dir, '.ruby-version'))
      ?.trim()
      .replace(/^ruby-/, '') ?? gems.ruby
  const minor = wanted?.split('.').slice(0, 2).join('.')
  const known = NIXPKGS.rubies.find((version) => version === minor)
  const build: RubyBuild = {
    kind: 'ruby',
    pname: name,
    interpreter: known === undefined ? 'ruby' : `ruby_${known.replace('.', '_')}`,
    rails: framework === 'Rails',
    assets: framework === 'Rails' && ['sprockets-rails', 'propshaft'].some((gem) => gems.names.has(gem)),
    serve: serve.build,
  }
  const facts: Fact[] = [
    { label: 'application', text: framework, at: serve.at },
    {
      label: 'dependencies',
      text: `${counted(gems.names.size, 'gem')}, locked`,
      at: { file: gems.lock, line: 1 },
    },
  ]
  const notes = [
    ...gemNotes(tree, dir),
    ...(wanted !== undefined && known === undefined
      ? [`it asks for Ruby ${wanted}, which nixpkgs doesn't have: the flake takes its usual one`]
      : []),
    ...(framework === 'Rails'
      ? [`migrations are not run by a deploy: \`slipway exec ${name} -- ${name}-rails db:migrate\``]
      : []),
  ]
  return {
    dir,
    name,
    description: undefined,
    what: `${framework} application`,
    at: { file, line: 1 },
    build,
    programs: [describe(tree, dir, name, build, serve.at, gems)],
    facts,
    notes,
  }
}

function findServe(
  tree: FileTree,
  dir: string,
): { build: RubyBuild['serve']; at: Found<string>['at'] } | undefined {
  const rack = inDir(dir, 'config.ru')
  if (hasFile(tree, rack)) return { build: { kind: 'rack' }, at: whereIs(tree, rack, /^\s*run\b/) }
  const file = ['app.rb', 'server.rb', 'main.rb'].find((one) =>
    /require\s*\(?["']sinatra/.test(tree.read(inDir(dir, one)) ?? ''),
  )
  return file === undefined
    ? undefined
    : { build: { kind: 'file', file }, at: whereIs(tree, inDir(dir, file), /require\s*\(?["']sinatra/) }
}

function describe(
  tree: FileTree,
  dir: string,
  name: string,
  build: RubyBuild,
  at: Found<string>['at'],
  gems: Gems,
): Program {
  const files = filesIn(tree, dir).filter((file) => /\.(?:rb|ru)$/.test(file) && !SKIPPED.test(file))
  const sources = readSources(tree, files, 'python')
  const reads = environmentReads(sources)
  const served: Found<ListenChoice> = {
    value: { listen: 'port', env: {}, why: 'puma serves it on $PORT', byInit: true },
    at,
  }
  const listen =
    build.serve.kind === 'rack' ? served : (findListening(sources, reads, { ports: PORTS }) ?? served)
  const state = build.rails ? railsDatabase(tree, dir, gems) : findState(sources, reads, gems.sqlite)
  const [up] = matches(sources, /["'](?<path>up)["']\s*=>\s*["']rails\/health#show/)
  const health = up
    ? { health: { value: { path: '/up', guess: false }, at: up.at }, note: undefined }
    : findHealth(sources)
  const program = serviceProgram(name, { reads, listen, health, state, assets: [] })
  return build.rails ? { ...program, variables: [...program.variables, ...railsSecrets(tree, dir)] } : program
}

/** Rails takes $DATABASE_URL before what config/database.yml says. */
function railsDatabase(tree: FileTree, dir: string, gems: Gems): Program['state'] {
  const file = inDir(dir, 'config/database.yml')
  const text = tree.read(file) ?? ''
  const production = /^production:\s*\n(?:[ \t]+[^\n]*\n?|\s*\n)*/m.exec(text)?.[0] ?? ''
  const adapter = /adapter:\s*(\w+)/.exec(production)?.[1] ?? /adapter:\s*(\w+)/.exec(text)?.[1]
  if (!gems.sqlite || adapter !== 'sqlite3') return undefined
  return {
    value: { path: undefined, variable: 'DATABASE_URL', form: ['sqlite3:', ''] },
    at: whereIs(tree, file, /^production:/),
  }
}

function railsSecrets(tree: FileTree, dir: string): Program['variables'] {
  const file = inDir(dir, 'config/credentials.yml.enc')
  if (hasFile(tree, file)) return [{ value: 'RAILS_MASTER_KEY', required: true, at: { file, line: 1 } }]
  return [{ value: 'SECRET_KEY_BASE', required: true, at: { file: inDir(dir, 'config.ru'), line: 1 } }]
}
