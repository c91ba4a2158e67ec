import type { HealthPath } from './project.js'
import { type Match, matches, type Source } from './source.js'
import type { Found } from './tree.js'

/** Paths that exist to be asked about health, the likeliest first. */
const HEALTH =
  /["'`](?:GET )?(?<path>\/(?:(?:api|_|-|internal)\/)?_?(?:healthz|health|healthcheck|health-check|health_check|livez|live|readyz|ready|ping|up|alive)\/?)(?:\{\$\})?["'`]/

/** A route's method or registering function, and its path. */
const ROUTE =
  /(?<call>\b(?:route|get|GET|Get|HandleFunc|Handle|handle|HandlerFunc|path|view|add_url_rule|add_get|add_route|Route)|resource|@\w+\.(?:route|get))\(\s*["'`](?:GET )?(?<path>\/[\w./-]*)(?:\{\$\})?["'`]/

/** Routers below a prefix: what their routes are called from outside can't be told from a line. */
const NESTED =
  /\.nest\(\s*"\/\w|\bGroup\(\s*"\/\w|\bprefix\s*=\s*["']\/\w|url_prefix\s*=|\.mount\(\s*"\/\w[^,]*,\s*routes!|\.scope\(\s*"\/\w|\.(?:Route|Mount)\(\s*"\/\w|\.use\(\s*["'`]\/\w[^,]*,\s*(?!express\.static|serveStatic)\w/

/** What is asked to know whether the program is healthy. */
export interface HealthHint {
  health: Found<HealthPath> | undefined
  /** What the user should know about it. */
  note: string | undefined
}

/** The path that is likely to tell a program's health. `/` is the default and so is not named. */
export function findHealth(sources: readonly Source[]): HealthHint {
  const [health] = matches(sources, HEALTH)
  const routes = matches(sources, ROUTE)
  const nested = (match: Match) => NESTED.test(match.source.text)
  if (health && !nested(health)) return { health: found(health), note: undefined }
  if (health) {
    return {
      health: undefined,
      note: `${health.at.file}:${health.at.line} has a route ${health.groups.path}, perhaps below a prefix: name the whole path with --health`,
    }
  }
  if (routes.some(({ groups }) => groups.path === '/')) return { health: undefined, note: undefined }
  const other = routes.find(
    (match) => !nested(match) && !/\/static|\/assets|\.\w+$|\/$/.test(match.groups.path ?? ''),
  )
  return { health: other && found(other, true), note: undefined }
}

function found(match: Match, guess = false): Found<HealthPath> {
  return { value: { path: match.groups.path ?? '/', guess }, at: match.at }
}
