import { cacheFiles, currentDir } from '../contract/paths.js'
import type { Route } from '../contract/service.js'
import { block, HSTS } from './nginx-block.js'
import { groupByDomain, LOOK_ANEW, withSlash } from './nginx-location.js'
import { accessLines, headerLines } from './nginx-route.js'

/** What Nix's binary caches call their files (nix/src/libstore/binary-cache-store.cc): text, and archives that stay as they are. */
const TYPES = [
  'text/x-nix-narinfo narinfo;',
  'application/x-nix-nar nar xz zst bz2 br lz4 lzip;',
  'application/json ls doi;',
  'text/plain drv;',
]

/** Location blocks that serve a binary cache of the host, by domain. Plain files: nothing is compressed, so ranges work. */
export function renderCacheLocations(cache: string, routes: readonly Route[]): Record<string, string> {
  return groupByDomain(routes, (route, index) => cacheLocation(cache, route, index))
}

function cacheLocation(cache: string, route: Route, index: number): string {
  const { path, http = {} } = route
  const root = cacheFiles(cache)
  const custom = headerLines(http)
  const shared = [
    LOOK_ANEW,
    ...accessLines(route, cache, index),
    'add_header Cache-Control $slipway_cache_archive;',
    ...(custom.length > 0 ? custom : [HSTS]),
  ]
  return (
    withSlash(route) +
    block(`location = ${path}${CACHE_INFO}`, [
      `alias ${currentDir(cache)}/package;`,
      ...shared,
      'types { }',
      'default_type text/x-nix-cache-info;',
    ]) +
    block(`location ${path}`, [
      path === '/' ? `root ${root};` : `alias ${root}/;`,
      ...shared,
      `types { ${TYPES.join(' ')} }`,
      'default_type application/octet-stream;',
    ])
  )
}

/** What a client of Nix's asks for first: https://nix.dev/manual/nix/latest/protocols/binary-cache */
export const CACHE_INFO = 'nix-cache-info'
