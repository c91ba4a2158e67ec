import type { Route } from '../contract/service.js'
import { block, HSTS } from './nginx-block.js'
import { groupByDomain, LOOK_ANEW, withSlash } from './nginx-location.js'
import { accessLines, COMPRESS, headerLines, redirectLines } from './nginx-route.js'

/** What a static site's locations need to know. */
export interface SiteFiles {
  service: string
  /** The folder that is served. */
  root: string
  /** The page for what is not there, relative to the root. */
  notFound: string
  /** The page for what is not there, as if it were there; undefined: none. */
  fallback?: string | undefined
}

/** Location blocks that serve files, by domain. */
export function renderSiteLocations(files: SiteFiles, routes: readonly Route[]): Record<string, string> {
  return groupByDomain(routes, (route, index) => siteLocation(files, route, index))
}

function siteLocation({ service, root, ...pages }: SiteFiles, route: Route, index: number): string {
  const { http = {} } = route
  const custom = headerLines(http)
  const replaced = new Set(Object.keys(http.headers ?? {}).map((name) => name.toLowerCase()))
  const lines = [
    LOOK_ANEW,
    route.path === '/' ? `root ${root};` : `alias ${root}/;`,
    ...accessLines(route, service, index),
    ...redirectLines(route),
    ...cacheLines(http.cache),
    ...siteSettings(route.path, pages, http.compress === false ? [] : [COMPRESS]).filter(
      (line) => !replaced.has(addedName(line)),
    ),
    ...(custom.length > 0 ? custom : [HSTS]),
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

function addedName(line: string): string {
  return (/^add_header (\S+)/.exec(line)?.[1] ?? '').toLowerCase()
}

/** Sets what the map of cache lifetimes has for this location. */
function cacheLines(cache: NonNullable<Route['http']>['cache'] = {}): string[] {
  const kept = (seconds: number) => (seconds === 0 ? 'no-cache' : `public, max-age=${seconds}`)
  const { pagesSeconds, assetsSeconds } = cache
  return [
    ...(pagesSeconds === undefined ? [] : [`set $slipway_cache_pages "${kept(pagesSeconds)}";`]),
    ...(assetsSeconds === undefined ? [] : [`set $slipway_cache_assets "${kept(assetsSeconds)}";`]),
  ]
}

/** How files are served, wherever they are. `path`: where they are asked for, with a slash at its end. */
export function siteSettings(
  path: string,
  { notFound, fallback }: Pick<SiteFiles, 'notFound' | 'fallback'>,
  compress: readonly string[],
): string[] {
  const lost = `error_page 404 ${path}${notFound};`
  return [
    'index index.html;',
    'absolute_redirect off;',
    // The page's own status: also 304, for whoever has it.
    fallback === undefined ? lost : `error_page 404 = ${path}${fallback};`,
    // What tools left in a site: .git, .env. Within .well-known are things that are to be found (RFC 8615).
    `if ($uri ~ "/\\.(?!well-known(?:/|$))") { ${fallback === undefined ? '' : `${lost} `}return 404; }`,
    'charset utf-8;',
    ...compress,
    'etag off;',
    'add_header Last-Modified "";',
    'if_modified_since off;',
    'add_header ETag $slipway_etag;',
    'add_header Cache-Control $slipway_cache_control;',
    'add_header X-Content-Type-Options nosniff;',
    'if ($http_if_none_match = $slipway_etag) { return 304; }',
    // So nginx names what it has compressed (RFC 9110, 8.8.1).
    'if ($http_if_none_match = "W/$slipway_etag") { return 304; }',
  ]
}
