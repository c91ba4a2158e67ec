import type { Route } from '../contract/service.js'
import { block } from './nginx-block.js'

/** Whatever else has nginx remember which files there are: a switch counts from the next request on. */
export const LOOK_ANEW = 'open_file_cache off;'

/** What routes have in the server blocks of their domains. */
export function groupByDomain(
  routes: readonly Route[],
  render: (route: Route, index: number) => string,
): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [index, route] of routes.entries()) {
    result[route.domain] = (result[route.domain] ?? '') + render(route, index)
  }
  return result
}

/** `/forum` leads to `/forum/`, also behind something that ends TLS. */
export function withSlash(route: Route): string {
  if (route.path === '/') return ''
  const exact = route.path.slice(0, -1)
  return block(`location = ${exact}`, slashSettings(route.path))
}

/** What sends a prefix without its slash to the path with it. */
export function slashSettings(path: string): string[] {
  return ['absolute_redirect off;', `return 301 ${path}$is_args$args;`]
}
