import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderHttp } from '../../src/release/nginx-http.js'
import { PROXY_MAPS, SITE_MAPS } from '../../src/release/nginx-maps.js'

describe('renderHttp', () => {
  const text = renderHttp({ namesHash: false })

  it('has the maps that a NixOS module has', () => {
    for (const maps of [PROXY_MAPS, SITE_MAPS]) assert.ok(text.includes(`${maps}\n`), maps)
  })

  it('draws one of a hundred shares for each request', () => {
    const [, inside = ''] = /split_clients \S+ \$slipway_die \{\n([^}]*)\}/.exec(text) ?? []
    const shares = inside.split('\n').filter(Boolean)
    assert.deepEqual(
      shares,
      Array.from({ length: 100 }, (_, share) => `  ${share === 99 ? '*' : '1%'} ${share};`),
    )
  })

  it('includes all of a tree, in an order in which each finds what it needs', () => {
    assert.deepEqual(text.match(/(?<=^include ).*(?=;)/gm), [
      '/var/lib/slipway/nginx/upstreams/*.conf',
      '/var/lib/slipway/nginx/zones/*.conf',
      '/var/lib/slipway/nginx/default*.conf',
      '/var/lib/slipway/nginx/servers/*.conf',
    ])
  })

  it('sets the size of the hash of names, unless somebody else does', () => {
    assert.match(text, /^server_names_hash_bucket_size 128;$/m)
    assert.doesNotMatch(renderHttp({ namesHash: true }), /server_names_hash/)
  })
})
