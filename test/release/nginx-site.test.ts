import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderSiteLocations } from '../../src/release/nginx-site.js'
import { staticSite } from './samples.js'

/** The lines of a site's only location. */
function lines(fields: Parameters<typeof staticSite>[0]): string[] {
  const { name: service, notFound, fallback, routes } = staticSite(fields)
  const [text = ''] = Object.values(
    renderSiteLocations({ service, root: '/srv', notFound, fallback }, routes),
  )
  return text.split('\n').map((line) => line.trim())
}

const added = (all: readonly string[]) => all.filter((line) => line.startsWith('add_header'))

describe('renderSiteLocations: what a site says', () => {
  it('serves the page of a program in the browser where no file is, but for hidden ones', () => {
    const all = lines({ fallback: 'index.html', routes: ['https://example.com/board'] })
    assert.ok(all.includes('error_page 404 = /board/index.html;'))
    assert.ok(
      all.includes('if ($uri ~ "/\\.(?!well-known(?:/|$))") { error_page 404 /board/404.html; return 404; }'),
    )
  })

  it('sets for how long files may be kept', () => {
    const all = lines({ http: { cache: { pages: '5m', assets: '1d' } } })
    assert.deepEqual(
      all.filter((line) => line.startsWith('set ')),
      [
        'set $slipway_cache_pages "public, max-age=300";',
        'set $slipway_cache_assets "public, max-age=86400";',
      ],
    )
  })

  it('has headers of its own beside ours, and in place of ours', () => {
    assert.deepEqual(
      added(lines({ http: { headers: { 'x-content-type-options': null, 'X-A': 'a "b"' } } })),
      [
        'add_header Last-Modified "";',
        'add_header ETag $slipway_etag;',
        'add_header Cache-Control $slipway_cache_control;',
        'add_header X-A "a \\"b\\"" always;',
        'add_header Strict-Transport-Security $slipway_hsts always;',
      ],
    )
  })

  it('compresses unless told not to', () => {
    const include = 'include /var/lib/slipway/nginx/compress.conf;'
    assert.ok(lines({}).includes(include))
    assert.ok(!lines({ http: { compress: false } }).includes(include))
  })
})
