import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renamedManifest } from '../../src/release/renamed.js'
import { app, released } from './samples.js'

describe('renamedManifest', () => {
  const env = {
    DB: '/var/lib/web/web.db',
    DSN: 'sqlite:/var/lib/web?mode=rw',
    SOCKET: '/run/web/x.sock',
    LIKE: '/var/lib/web-2/x:/var/lib/webs:/srv/var/lib/webmail',
    OTHER: 'web',
  }
  const unit = { WorkingDirectory: '/var/lib/slipway/services/web/slots/%i/release/assets' }
  const { manifest } = released(app({ state: true, env, unit, run: ['serve', '--data', '/var/lib/web'] }))

  it('has the new name, and its own folders under it', () => {
    const renamed = renamedManifest(manifest, 'shop')
    assert.ok(renamed.service.kind === 'service')
    assert.equal(renamed.service.name, 'shop')
    assert.deepEqual(renamed.service.env, {
      ...env,
      DB: '/var/lib/shop/web.db',
      DSN: 'sqlite:/var/lib/shop?mode=rw',
      SOCKET: '/run/shop/x.sock',
    })
    assert.deepEqual(renamed.service.unit, {
      WorkingDirectory: '/var/lib/slipway/services/shop/slots/%i/release/assets',
    })
    assert.deepEqual(renamed.service.run, ['serve', '--data', '/var/lib/shop'])
  })

  it('is otherwise the same, and the same again when it is renamed back', () => {
    const { service: _, ...rest } = renamedManifest(manifest, 'shop')
    const { service: __, ...before } = manifest
    assert.deepEqual(rest, before)
    assert.deepEqual(renamedManifest(renamedManifest(manifest, 'shop'), 'web'), manifest)
  })
})
