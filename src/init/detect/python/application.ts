import { type Match, matches, type Source } from '../source.js'
import { type FileTree, type Found, hasFile, inDir, whereIs } from '../tree.js'

/** An application that a server can be pointed at. */
export interface PythonApplication {
  framework: string
  protocol: 'wsgi' | 'asgi'
  /** `package.module:name`. */
  app: string
  factory: boolean
  at: Found<string>['at']
}

const CLASSES: Record<string, { framework: string; protocol: 'wsgi' | 'asgi' }> = {
  Bottle: { framework: 'Bottle', protocol: 'wsgi' },
  FastAPI: { framework: 'FastAPI', protocol: 'asgi' },
  Flask: { framework: 'Flask', protocol: 'wsgi' },
  Litestar: { framework: 'Litestar', protocol: 'asgi' },
  Quart: { framework: 'Quart', protocol: 'asgi' },
  Starlette: { framework: 'Starlette', protocol: 'asgi' },
}
const CLASS = `(?:\\w+\\.)?(?<class>${Object.keys(CLASSES).join('|')})`

/** Files that are meant to be pointed at, before those where an application merely lies. */
const PREFERRED = [/(?:^|\/)[aw]sgi\.py$/, /(?:^|\/)(?:main|app|application|server)\.py$/, /__init__\.py$/]

/** The WSGI or ASGI application of a project's sources. */
export function findApplication(
  tree: FileTree,
  dir: string,
  sources: readonly Source[],
): PythonApplication | undefined {
  const django = findDjango(tree, dir, sources)
  if (django) return django
  const ordered = [...sources].sort((a, b) => rank(a.file) - rank(b.file))
  const factories = matches(
    ordered,
    new RegExp(
      `^(?:async )?def (?<name>create_app|make_app|build_app|get_app|app_factory|create_application)\\([\\s\\S]*?(?:return\\s+)?=?\\s*${CLASS}\\(`,
      'm',
    ),
  )
  const made = factories.flatMap((factory) =>
    matches(
      ordered,
      new RegExp(
        `^(?<name>app|application|api)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)?${factory.groups.name}\\(`,
        'm',
      ),
    ).map((match) => ({ match, factory })),
  )[0]
  if (made) return application(dir, made.match, made.factory.groups.class, false)
  const [plain] = matches(ordered, new RegExp(`^(?<name>\\w+)\\s*(?::[^=\\n]+)?=\\s*${CLASS}\\(`, 'm'))
  if (plain) return application(dir, plain, plain.groups.class, false)
  const [factory] = factories
  return factory && application(dir, factory, factory.groups.class, true)
}

function rank(file: string): number {
  const index = PREFERRED.findIndex((pattern) => pattern.test(file))
  return (index < 0 ? PREFERRED.length : index) * 100 + file.split('/').length
}

function application(
  dir: string,
  match: Match,
  name: string | undefined,
  factory: boolean,
): PythonApplication | undefined {
  const known = CLASSES[name ?? '']
  if (!known) return undefined
  const module = moduleOf(dir, match.at.file)
  return { ...known, app: `${module}:${match.groups.name}`, factory, at: match.at }
}

/** `src/shop/app.py` is `shop.app`; a package's `__init__.py` is the package. */
export function moduleOf(dir: string, file: string): string {
  const path = dir === '' ? file : file.slice(dir.length + 1)
  return path
    .replace(/^src\//, '')
    .replace(/\.py$/, '')
    .replace(/(?:^|\/)__init__$/, '')
    .replaceAll('/', '.')
}

function findDjango(tree: FileTree, dir: string, sources: readonly Source[]): PythonApplication | undefined {
  const manage = inDir(dir, 'manage.py')
  if (!hasFile(tree, manage)) return undefined
  const settings = /DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']/.exec(tree.read(manage) ?? '')?.[1]
  const project = settings?.split('.')[0]
  if (project === undefined) return undefined
  const channels = sources.some(
    ({ file, text }) => file.endsWith('/asgi.py') && /channels|ProtocolTypeRouter/.test(text),
  )
  const kind = channels ? 'asgi' : 'wsgi'
  const file = inDir(dir, `${project}/${kind}.py`)
  const at = hasFile(tree, file)
    ? whereIs(tree, file, /^application\s*=/)
    : whereIs(tree, manage, /DJANGO_SETTINGS_MODULE/)
  return { framework: 'Django', protocol: kind, app: `${project}.${kind}:application`, factory: false, at }
}
