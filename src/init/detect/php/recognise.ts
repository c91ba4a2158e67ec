import { usageError } from '../../../errors.js'
import { environmentReads } from '../environment.js'
import { readJson, table, text } from '../manifest.js'
import type { PhpBuild, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { folderName } from '../sites/site.js'
import { readSources } from '../source.js'
import { counted, type FileTree, filesIn, hasFile, inDir, whereIs } from '../tree.js'

const SKIPPED = /(?:^|\/)(?:vendor|tests?|node_modules|storage)\//

/** A PHP application: a `composer.json` with a front controller, or an `index.php`. */
export function recognisePhp(tree: FileTree, dir: string): Project | undefined {
  const manifest = inDir(dir, 'composer.json')
  const composer = hasFile(tree, manifest) ? readJson(tree, manifest) : undefined
  const root = ['public', 'web', 'www', 'htdocs', ''].find((folder) =>
    hasFile(tree, inDir(dir, inDir(folder, 'index.php'))),
  )
  if (root === undefined) return undefined
  const index = inDir(dir, inDir(root, 'index.php'))
  const packages = Object.keys(table(composer, 'require')).filter((name) => name.includes('/'))
  const lock = inDir(dir, 'composer.lock')
  if (composer && packages.length > 0 && !hasFile(tree, lock)) throw lockMissing(tree, lock)
  const laravel = packages.includes('laravel/framework')
  const framework = laravel
    ? 'Laravel'
    : packages.some((name) => /^symfony\/(?:framework-bundle|runtime)$/.test(name))
      ? 'Symfony'
      : 'PHP'
  const name = text(composer, 'name')?.split('/').at(-1) ?? folderName(tree, dir)
  const extensions = Object.keys(table(composer, 'require')).flatMap(
    (one) => /^ext-(.+)$/.exec(one)?.[1] ?? [],
  )
  const build: PhpBuild = {
    kind: 'php',
    pname: name,
    composer: composer !== undefined && hasFile(tree, lock),
    root,
    extensions: extensions.filter((one) => !BUILT_IN.has(one)).sort(),
    laravel,
  }
  return {
    dir,
    name,
    description: text(composer, 'description'),
    what: `${framework} application`,
    at: composer ? whereIs(tree, manifest, /"name"/) : { file: index, line: 1 },
    build,
    programs: [describe(tree, dir, name, index, laravel)],
    facts: [
      { label: 'application', text: `${framework}, php-fpm behind Caddy`, at: { file: index, line: 1 } },
      {
        label: 'dependencies',
        text: packages.length > 0 ? `${counted(packages.length, 'package')}, locked` : 'none',
        at: { file: packages.length > 0 ? lock : index, line: 1 },
      },
    ],
    notes: laravel
      ? [`migrations are not run by a deploy: \`slipway exec ${name} -- ${name}-artisan migrate --force\``]
      : [],
  }
}

/** Extensions that nixpkgs' PHP has without being asked. */
const BUILT_IN = new Set(
  'bcmath calendar ctype curl date dom exif fileinfo filter ftp gd gettext gmp hash iconv imap intl json ldap mbstring mysqli mysqlnd opcache openssl pcntl pcre pdo pdo_mysql pdo_odbc pdo_pgsql pdo_sqlite pgsql phar posix readline session simplexml soap sockets sodium spl sqlite3 standard sysvsem tokenizer xml xmlreader xmlwriter zip zlib'.split(
    ' ',
  ),
)

function describe(tree: FileTree, dir: string, name: string, index: string, laravel: boolean): Program {
  const files = filesIn(tree, dir).filter((file) => file.endsWith('.php') && !SKIPPED.test(file))
  const sources = readSources(tree, files, 'c')
  const at = { file: index, line: 1 }
  // Laravel's settings have defaults for nearly all that they read.
  const reads = environmentReads(laravel ? [] : sources)
  const program = serviceProgram(name, {
    reads,
    listen: { value: { listen: 'port', env: {}, why: 'Caddy serves it on $PORT', byInit: true }, at },
    health: findHealth(sources),
    state: laravel ? laravelDatabase(tree, dir) : undefined,
    folders: laravel ? [{ value: 'LARAVEL_STORAGE_PATH', at }] : [],
    assets: [],
  })
  if (!laravel) return program
  return { ...program, variables: [...program.variables, { value: 'APP_KEY', required: true, at }] }
}

function laravelDatabase(tree: FileTree, dir: string): Program['state'] {
  const file = inDir(dir, 'config/database.php')
  const sqlite = /env\(\s*'DB_CONNECTION'\s*,\s*'sqlite'\s*\)/
  if (hasFile(tree, file) && !sqlite.test(tree.read(file) ?? '')) return undefined
  const at = hasFile(tree, file)
    ? whereIs(tree, file, sqlite)
    : { file: inDir(dir, 'composer.json'), line: 1 }
  return { value: { path: undefined, variable: 'DB_DATABASE' }, at }
}

function lockMissing(tree: FileTree, file: string) {
  return usageError({
    what: tree.isIgnored(file) ? `git ignores ${file}, so Nix can't see it` : `there is no ${file}`,
    why: 'A build has no network: the lock file tells which packages to fetch beforehand.',
    still: 'Nothing was written.',
    next: 'Run `composer update --lock`, commit composer.lock, and try again.',
  })
}
