import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manifestOf } from '../../src/plan/manifest.js'
import { renderCacheLocations } from '../../src/release/nginx-cache.js'
import { nginxPartOf } from '../../src/release/nginx-part.js'
import { routeProbes } from '../../src/release/route-probe.js'
import { ingredients, staticSite } from './samples.js'

const cache = (routes: string[]) => ({ ...staticSite({ routes }), cache: true as const })

describe('what nginx serves of a cache', () => {
  it('is the files of the cache, not of the package', () => {
    const { files } = nginxPartOf(manifestOf(cache(['https://cache.example.com']), ingredients()))
    assert.deepEqual(Object.keys(files), ['locations/cache.example.com/web.conf'])
    const text = files['locations/cache.example.com/web.conf'] ?? ''
    assert.match(text, /^ {2}root \/var\/lib\/slipway\/caches\/web\/files;$/m)
    assert.match(
      text,
      /^location = \/nix-cache-info \{\n {2}alias \/var\/lib\/slipway\/services\/web\/current\/release\/package;$/m,
    )
    assert.doesNotMatch(text, /error_page|compress/)
  })

  it('lies below a path, too', () => {
    const [text = ''] = Object.values(renderCacheLocations('web', cache(['https://example.com/nix']).routes))
    assert.match(text, /^location = \/nix \{/m)
    assert.match(text, /^location \/nix\/ \{\n {2}alias \/var\/lib\/slipway\/caches\/web\/files\/;$/m)
    assert.match(text, /^location = \/nix\/nix-cache-info \{/m)
  })

  it('is proved by what every client asks for first', () => {
    const [probe] = routeProbes(cache(['https://example.com/nix']))
    assert.equal(probe?.path, '/nix/nix-cache-info')
  })
})
