import { usageError } from '../errors.js'
import { service } from './define.js'
import type { Hook, NixFile, Service } from './types.js'

/** What `wsgi()` and `asgi()` decide themselves. */
type Decided = 'kind' | 'package' | 'run' | 'listen' | 'protocol' | 'params' | 'before'

/** A Python application behind a server: beside these, all fields of a service. */
interface PythonApplication extends Omit<Service, Decided> {
  /** A Python package: a flake installable such as `.#blog`, or a Nix file. Its dependencies are found by themselves. */
  package: string | NixFile
  /** The application, as `MODULE:VARIABLE`: `blog:app`. */
  module: string
  /** Processes that answer requests. Default: 2. */
  workers?: number
  /** More arguments for the server. */
  args?: string[]
  /** SQLite files in the state directory, where the programs start: those that are missing are made, once. */
  sqlite?: string[]
  /**
   * The SQL that a new SQLite file is made with: a file of the package, below `site-packages`, or one of `assets`.
   * Default: none, new files are empty.
   */
  init?: string
  /** Commands to run before the switch, such as migrations; SQLite files are there by then. */
  before?: Hook | Hook[]
}

/** A Python web application (WSGI, PEP 3333). */
export interface WsgiOptions extends PythonApplication {
  /** What runs it. Default: `uwsgi`, to which nginx speaks uWSGI's own protocol; to `gunicorn` it speaks HTTP. */
  server?: 'uwsgi' | 'gunicorn'
  /**
   * Folders of the package, below `site-packages`, that uWSGI serves itself, by their paths below the route:
   * `{ '/static': 'blog/static' }`. Default: none, the application serves all.
   */
  static?: Record<string, string>
  /** Threads of each process. Default: 2. */
  threads?: number
  /** Seconds a request may take before its process is ended and started anew. Default: 60. */
  harakiri?: number
}

/** An asynchronous Python web application (https://asgi.readthedocs.io). */
export interface AsgiOptions extends PythonApplication {
  /** What runs it. Default: `uvicorn`. */
  server?: 'uvicorn' | 'hypercorn'
}

const DEFAULT_WORKERS = 2
const DEFAULT_THREADS = 2
/** nginx waits longer, so that a worker that hangs is told of in the log of the service. */
const DEFAULT_HARAKIRI_SECONDS = 60
/** The largest head of a request that uWSGI takes, in bytes: nginx' own limit is that of four such cookies. */
const UWSGI_BUFFER_BYTES = 32_768

/**
 * A Python application under uWSGI or gunicorn, as one unit: plain data for `services`. The server takes the socket that
 * systemd hands over.
 * @throws SlipwayError where `module` names no application.
 */
export function wsgi(options: WsgiOptions): Service {
  const {
    server = 'uwsgi',
    threads = DEFAULT_THREADS,
    harakiri = DEFAULT_HARAKIRI_SECONDS,
    static: folders = {},
    ...rest
  } = options
  const { workers = DEFAULT_WORKERS } = rest
  const run =
    server === 'uwsgi'
      ? [
          ...['uwsgi', '--master', '--need-app', '--die-on-term', '--enable-threads'],
          ...['--processes', String(workers), '--threads', String(threads), '--harakiri', String(harakiri)],
          // nginx has a log of requests.
          ...['--buffer-size', String(UWSGI_BUFFER_BYTES), '--disable-logging', '--log-5xx'],
          ...staticFolders(folders),
          ...['--module', moduleOf('wsgi', options)],
        ]
      : [
          ...['gunicorn', '--workers', String(workers), '--threads', String(threads)],
          ...['--timeout', String(harakiri), '--forwarded-allow-ips', '*', moduleOf('wsgi', options)],
        ]
  if (server !== 'uwsgi' && Object.keys(folders).length > 0) {
    throw usageError({
      what: `wsgi(): ${server} serves no files, and \`static\` names some`,
      next: "Write server: 'uwsgi', or have the application serve them.",
    })
  }
  return application(rest, server, run, server === 'uwsgi' ? { protocol: 'uwsgi' } : {})
}

/**
 * An asynchronous Python application under uvicorn or hypercorn, as one unit: plain data for `services`.
 * @throws SlipwayError where `module` names no application.
 */
export function asgi({ server = 'uvicorn', ...rest }: AsgiOptions): Service {
  const { workers = DEFAULT_WORKERS } = rest
  const run =
    server === 'uvicorn'
      ? // Nobody but nginx reaches the socket.
        [
          'uvicorn',
          '--fd',
          '3',
          '--workers',
          String(workers),
          '--forwarded-allow-ips',
          '*',
          '--no-access-log',
        ]
      : ['hypercorn', '--bind', 'fd://3', '--workers', String(workers)]
  return application(rest, server, [...run, moduleOf('asgi', rest)], {})
}

function application(
  {
    package: python,
    module: _,
    workers: _workers,
    args = [],
    sqlite = [],
    init,
    before,
    ...rest
  }: PythonApplication,
  server: 'uwsgi' | 'gunicorn' | 'uvicorn' | 'hypercorn',
  run: string[],
  how: Pick<Service, 'protocol'>,
): Service {
  const making = sqlite.length > 0 ? [makeDatabases(sqlite, init)] : []
  const hooks = [...making, ...(before === undefined ? [] : [before].flat())]
  return service({
    ...rest,
    ...how,
    ...(sqlite.length > 0 && { state: true }),
    ...(hooks.length > 0 && { before: hooks }),
    package: { python, server },
    run: [...run, ...args],
    listen: 'socket',
  })
}

/** An environment is made of links into the store: there alone uWSGI may follow them. */
function staticFolders(folders: Readonly<Record<string, string>>): string[] {
  const maps = Object.entries(folders).map(([path, folder]) => {
    if (!/^(\/[\w.~-]+)+$/.test(path) || !isBelow(folder) || /[=%]/.test(folder)) {
      throw usageError({
        what: `wsgi(): \`static\` can't have ${JSON.stringify({ [path]: folder })}`,
        next: "Write a path below the route, and a folder below site-packages: { '/static': 'blog/static' }.",
      })
    }
    return `${path}=%(site-packages)/${folder}`
  })
  if (maps.length === 0) return []
  return [
    '--offload-threads',
    '1',
    '--static-safe',
    '/nix/store',
    ...maps.flatMap((map) => ['--static-map', map]),
  ]
}

function isBelow(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..') && path !== ''
}

function moduleOf(kind: string, { module }: Pick<PythonApplication, 'module'>): string {
  if (typeof module === 'string' && /^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?$/.test(module)) return module
  throw usageError({
    what: `${kind}(): \`module\` names no application: ${module}`,
    next: 'Write the module and the variable in it: `blog:app`.',
  })
}

/**
 * A file appears whole or not at all, and never in the place of another: it is made beside its place, and linked to it.
 */
const MAKE_DATABASES = `
import os, sqlite3, sys, sysconfig
init, *files = sys.argv[1:]
script = ""
if init:
    places = [sysconfig.get_paths()["purelib"], os.getcwd()]
    found = [path for path in (os.path.join(place, init) for place in places) if os.path.isfile(path)]
    if not found:
        sys.exit(f"there is no {init} in {' or '.join(places)}")
    with open(found[0], encoding="utf-8") as text:
        script = text.read()
for file in files:
    path = os.path.join(os.environ["STATE_DIRECTORY"], file)
    if os.path.lexists(path):
        continue
    os.makedirs(os.path.dirname(path), exist_ok=True)
    new = path + ".new"
    if os.path.lexists(new):
        os.unlink(new)
    try:
        database = sqlite3.connect(new)
        database.executescript(script)
        database.commit()
        database.close()
        with open(new, "rb+") as made:
            os.fsync(made.fileno())
        os.link(new, path)
    finally:
        os.unlink(new)
    print(f"made {path}")
`.trim()

function makeDatabases(files: readonly string[], init = ''): Hook {
  const outside = files.find((file) => !isBelow(file))
  if (outside !== undefined) {
    throw usageError({
      what: `\`sqlite\` names a file outside of the state directory: ${JSON.stringify(outside)}`,
      next: 'Write its path below the state directory: `blog.db`.',
    })
  }
  return { run: ['python3', '-c', MAKE_DATABASES, init, ...files] }
}
