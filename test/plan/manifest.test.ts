import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceData } from '../../src/config/service-data.js'
import { manifestSchema, packagesOf } from '../../src/contract/release.js'
import { manifestOf } from '../../src/plan/manifest.js'
import { app, ingredients, PACKAGE, staticSite } from '../release/samples.js'

describe('manifestOf', () => {
  it('holds the service as data, and what it is made of', () => {
    const web = app({ listen: 'port', run: 'serve', assets: ['views'], secrets: ['KEY', 'OTHER'] })
    assert.deepEqual(
      manifestOf(
        web,
        ingredients({ ports: [20_000, 20_001], assets: 'd1', secrets: { KEY: 'aa', FORMER: 'bb' } }),
      ),
      {
        format: 2,
        service: serviceData(web),
        package: PACKAGE,
        program: null,
        commit: { id: '0123456789ab', dirty: false },
        project: 'me/shop',
        by: 'ann@laptop',
        assets: 'd1',
        ports: [20_000, 20_001],
        secrets: { KEY: 'aa' },
      },
    )
  })

  it('has the store paths that variables name, as variables and by name', () => {
    const content = `/nix/store/${'1'.repeat(32)}-content`
    const web = app({ env: { A: 1, CONTENT: { package: '.#content' } } })
    const { service, envPackages } = manifestOf(web, ingredients({ envPackages: { CONTENT: content } }))
    assert.deepEqual(service.kind === 'service' && service.env, { A: '1', CONTENT: content })
    assert.deepEqual(envPackages, { CONTENT: content })
    assert.deepEqual(packagesOf(manifestOf(web, ingredients({ envPackages: { CONTENT: content } }))), [
      PACKAGE,
      content,
    ])
    assert.equal(manifestOf(app(), ingredients({ envPackages: {} })).envPackages, undefined)
  })

  it('names the program that was found where the config names none', () => {
    assert.equal(manifestOf(app(), ingredients()).program, 'app')
    assert.equal(manifestOf(app({ run: 'serve' }), ingredients()).program, null)
    assert.equal(manifestOf(staticSite(), ingredients()).program, null)
  })

  it('holds ports only where slipway picks them', () => {
    const ports = [20_000, 20_001] as const
    assert.equal(manifestOf(app({ listen: { port: 3000 } }), ingredients({ ports })).ports, null)
    assert.equal(manifestOf(staticSite(), ingredients({ ports })).ports, null)
  })

  it('travels as it is', () => {
    for (const service of [app({ listen: 'port', routes: ['https://example.com'] }), staticSite()]) {
      const manifest = manifestOf(service, ingredients({ ports: [20_000, 20_001] }))
      const travelled = JSON.parse(JSON.stringify(manifest))
      assert.deepEqual(manifestSchema.parse(travelled), travelled)
    }
  })
})
