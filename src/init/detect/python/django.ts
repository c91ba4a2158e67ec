import { databaseVariable } from '../database.js'
import { environmentReads } from '../environment.js'
import type { DjangoBuild } from '../project.js'
import { matches, type Source } from '../source.js'
import { type FileTree, type Found, hasFile, inDir, type Where, whereIs } from '../tree.js'
import { moduleOf } from './modules.js'
import type { Requirement } from './requirements.js'

/** A Django project, as its `manage.py` and its WSGI or ASGI module tell. */
export interface DjangoProject {
  protocol: 'wsgi' | 'asgi'
  /** `package.wsgi:application`. */
  app: string
  at: Where
  /** The settings that a service runs with. */
  settings: Found<string> | undefined
  /** Whether something has to name them: `manage.py`, or the application, would take others. */
  named: boolean
}

const SETTINGS = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["'](?<module>[\w.]+)["']/
const DEVELOPMENT = /^(?:local|dev|devel|development|test|testing|debug)$/
const PRODUCTION = ['production', 'prod', 'deploy', 'live']

/** The Django project that a folder's `manage.py` is of. */
export function findDjango(
  tree: FileTree,
  dir: string,
  sources: readonly Source[],
): DjangoProject | undefined {
  const manage = inDir(dir, 'manage.py')
  if (!hasFile(tree, manage)) return undefined
  const ofManage = settingsOf(sources, manage)
  const entry = entryModule(dir, sources, ofManage?.value.split('.')[0])
  if (!entry) return undefined
  const ofEntry = settingsOf(sources, entry.file)
  const own = ofEntry ?? ofManage
  const settings = own && (productionOf(dir, sources, own) ?? own)
  return {
    protocol: entry.protocol,
    app: `${moduleOf(dir, entry.file)}:application`,
    at: hasFile(tree, entry.file)
      ? whereIs(tree, entry.file, /^application\s*=/)
      : whereIs(tree, manage, SETTINGS),
    settings,
    named: settings !== undefined && (settings.value !== own?.value || settings.value !== ofManage?.value),
  }
}

function settingsOf(sources: readonly Source[], file: string): Found<string> | undefined {
  const [match] = matches(
    sources.filter((source) => source.file === file),
    SETTINGS,
  )
  return match && { value: match.groups.module ?? '', at: match.at }
}

/** Its `asgi.py` where it has channels, else its `wsgi.py`; that of the settings' package first. */
function entryModule(dir: string, sources: readonly Source[], project: string | undefined) {
  const asgi = sources.find(
    ({ file, text }) => file.endsWith('/asgi.py') && /channels|ProtocolTypeRouter/.test(text),
  )
  if (asgi) return { protocol: 'asgi' as const, file: asgi.file }
  const modules = sources.filter(
    ({ file, text }) => /(?:^|\/)wsgi\.py$/.test(file) && /^application\s*=/m.test(text),
  )
  const own = project === undefined ? undefined : inDir(dir, `${project}/wsgi.py`)
  const file = modules.find((source) => source.file === own)?.file ?? modules[0]?.file ?? own
  return file === undefined ? undefined : { protocol: 'wsgi' as const, file }
}

/** `config.settings.production` beside `config.settings.local`. */
function productionOf(
  dir: string,
  sources: readonly Source[],
  { value }: Found<string>,
): Found<string> | undefined {
  const parts = value.split('.')
  if (!DEVELOPMENT.test(parts.at(-1) ?? '')) return undefined
  for (const name of PRODUCTION) {
    const module = [...parts.slice(0, -1), name].join('.')
    const source = sources.find(({ file }) => moduleOf(dir, file) === module)
    if (source) return { value: module, at: { file: source.file, line: 1 } }
  }
  return undefined
}

/** The SQLite file that the settings of `startproject` keep beside the source, where no variable moves it. */
export function besideDatabase(sources: readonly Source[]): string | undefined {
  const pattern =
    /["']NAME["']\s*:\s*(?:str\()?(?:os\.path\.join\()?\s*\w*(?:BASE_DIR|ROOT)\w*\s*[/,]\s*["'](?<file>[\w.-]+)["']/
  const engine = matches(sources, /["']django\.db\.backends\.sqlite3["']/).length > 0
  return engine ? matches(sources, pattern)[0]?.groups.file : undefined
}

/** Where `collectstatic` puts files, below the project's own folder. */
export function staticRoot(sources: readonly Source[]): Where | undefined {
  return matches(
    sources,
    /^STATIC_ROOT\s*=[^\n]*(?:BASE_DIR|ROOT_DIR|PROJECT_ROOT|PROJECT_DIR|APPS_DIR|__file__)/m,
  )[0]?.at
}

/** Django's paths have no slash in front. */
export function djangoHealth(sources: readonly Source[]) {
  const [match] = matches(
    sources.filter(({ file }) => file.endsWith('urls.py')),
    /\bpath\(\s*["'](?<path>_?health[\w-]*\/?|healthz\/?|ping\/?|up\/?)["']/,
  )
  return {
    health: match && { value: { path: `/${match.groups.path}`, guess: false }, at: match.at },
    note: undefined,
  }
}

/** What Django needs of the flake beside a server. */
export function djangoBuild(
  django: DjangoProject,
  sources: readonly Source[],
  main: readonly Requirement[],
): DjangoBuild {
  const beside = django.settings && besideDatabase(sources)
  const reads = environmentReads(sources)
  const collects =
    staticRoot(sources) !== undefined &&
    matches(sources, /["']django\.contrib\.staticfiles["']/).length > 0 &&
    main.some(({ name }) => name === 'whitenoise')
  const needed = reads.filter(({ required, fallback }) => required && fallback === undefined)
  return {
    settings: django.named || beside !== undefined ? django.settings?.value : undefined,
    database: beside,
    collect: collects
      ? Object.fromEntries(
          needed.map(({ name }) => [
            name,
            databaseVariable(name, '') ? 'sqlite://:memory:' : 'collectstatic',
          ]),
        )
      : undefined,
  }
}
