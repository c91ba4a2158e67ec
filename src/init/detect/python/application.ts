import { type Match, matches, type Source } from '../source.js'
import type { FileTree, Where } from '../tree.js'
import { type DjangoProject, findDjango } from './django.js'
import { moduleOf } from './modules.js'

/** An application that a server can be pointed at. */
export interface PythonApplication {
  framework: string
  protocol: 'wsgi' | 'asgi'
  /** `package.module:name`. */
  app: string
  factory: boolean
  /** Arguments that a factory can't be called without. */
  needs: string[]
  at: Where
  django?: DjangoProject
}

/** Frameworks, by the class or function that makes an application. */
const CLASSES: Record<string, { framework: string; protocol: 'wsgi' | 'asgi' }> = {
  Bottle: { framework: 'Bottle', protocol: 'wsgi' },
  FastAPI: { framework: 'FastAPI', protocol: 'asgi' },
  Flask: { framework: 'Flask', protocol: 'wsgi' },
  Litestar: { framework: 'Litestar', protocol: 'asgi' },
  Quart: { framework: 'Quart', protocol: 'asgi' },
  Sanic: { framework: 'Sanic', protocol: 'asgi' },
  Starlette: { framework: 'Starlette', protocol: 'asgi' },
  'asgi.App': { framework: 'Falcon', protocol: 'asgi' },
  'falcon.App': { framework: 'Falcon', protocol: 'wsgi' },
}
const CLASS = `(?<class>falcon\\.App|(?:falcon\\.)?asgi\\.App|(?:\\w+\\.)?(?:${Object.keys(CLASSES)
  .filter((name) => !name.includes('.'))
  .join('|')}))`

/** Files that are meant to be pointed at, before those where an application merely lies. */
const PREFERRED = [/(?:^|\/)[aw]sgi\.py$/, /(?:^|\/)(?:main|app|application|server)\.py$/, /__init__\.py$/]

/** The WSGI or ASGI application of a project's sources. */
export function findApplication(
  tree: FileTree,
  dir: string,
  sources: readonly Source[],
): PythonApplication | undefined {
  const django = findDjango(tree, dir, sources)
  if (django) {
    const { protocol, app, at } = django
    return { framework: 'Django', protocol, app, factory: false, needs: [], at, django }
  }
  const ordered = [...sources].sort((a, b) => rank(a.file) - rank(b.file))
  const factories = findFactories(ordered)
  const made = factories.flatMap((factory) =>
    matches(
      ordered,
      new RegExp(`^(?<name>\\w+)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)*${factory.name}\\(`, 'm'),
    ).map((match) => application(dir, match, factory.class)),
  )
  if (made[0]) return made[0]
  const [plain] = matches(ordered, new RegExp(`^(?<name>\\w+)\\s*(?::[^=\\n]+)?=\\s*${CLASS}\\(`, 'm'))
  if (plain) return application(dir, plain, plain.groups.class)
  // Dash keeps its Flask in an attribute.
  const [dash] = matches(ordered, /^(?<name>\w+)\s*=\s*\w+\.server\s*$/m)
  if (dash && ordered.some(({ text }) => /^\w+\s*=\s*(?:dash\.)?Dash\(/m.test(text)))
    return {
      framework: 'Dash',
      protocol: 'wsgi',
      app: appName(dir, dash),
      factory: false,
      needs: [],
      at: dash.at,
    }
  const [factory] = factories
  const found = factory && application(dir, factory.match, factory.class)
  return found && { ...found, factory: true, needs: factory.needs }
}

function rank(file: string): number {
  const index = PREFERRED.findIndex((pattern) => pattern.test(file))
  return (index < 0 ? PREFERRED.length : index) * 100 + file.split('/').length
}

interface Factory {
  name: string
  class: string | undefined
  needs: string[]
  match: Match
}

/** Functions of modules that make an application; those that are named for it first. */
function findFactories(sources: readonly Source[]): Factory[] {
  const found = matches(sources, /^(?:async )?def (?<name>\w+)\((?<parameters>[^)]*)\)[^\n]*:\s*$/m)
  return found
    .flatMap((match): Factory[] => {
      // A function goes on for as long as its lines are indented.
      const [body = ''] =
        /^(?:[ \t]+[^\n]*\n?|\s*\n)*/.exec(match.source.text.slice(match.end).replace(/^\n/, '')) ?? []
      const made = new RegExp(`(?:(?<variable>\\w+)\\s*=|return)\\s*${CLASS}\\(`).exec(body)?.groups
      const returned = made?.variable === undefined || new RegExp(`return\\s+${made.variable}\\b`).test(body)
      const name = match.groups.name ?? ''
      if (!made || !returned || /^(?:test)?_/.test(name)) return []
      return [{ name, class: made.class, needs: required(match.groups.parameters ?? ''), match }]
    })
    .sort((a, b) => Number(!NAMED.test(a.name)) - Number(!NAMED.test(b.name)))
}

const NAMED = /^(?:(?:create|make|build|get)_(?:app|application|api)|app_factory)$/

/** Parameters without a default. */
function required(parameters: string): string[] {
  return parameters
    .split(/,(?![^[]*\])/)
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== '' && !/[=*]/.test(parameter) && parameter !== '/')
    .map((parameter) => parameter.split(':')[0]?.trim() ?? parameter)
}

function application(dir: string, match: Match, name: string | undefined): PythonApplication | undefined {
  const known =
    CLASSES[name ?? ''] ??
    CLASSES[name?.replace(/^falcon\.(?=asgi)/, '') ?? ''] ??
    CLASSES[name?.split('.').at(-1) ?? '']
  return known && { ...known, app: appName(dir, match), factory: false, needs: [], at: match.at }
}

function appName(dir: string, match: Match): string {
  return `${moduleOf(dir, match.at.file)}:${match.groups.name}`
}
