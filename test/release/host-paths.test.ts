import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { currentDir, HOST_ROOT, locationsDir, serviceDir, stateDir } from '../../src/release/host-paths.js'

describe('the places on a host', () => {
  it('are below the root that the host’s program uses', async () => {
    const base = await readFile(new URL('../../host/base.sh', import.meta.url), 'utf8')
    assert.equal(/^ROOT=(.*)$/m.exec(base)?.[1], HOST_ROOT)
  })

  it('of a service', () => {
    assert.equal(serviceDir('web'), '/var/lib/slipway/services/web')
    assert.equal(currentDir('web'), '/var/lib/slipway/services/web/current')
  })

  it('of its state, which no release holds', () => assert.equal(stateDir('web'), '/var/lib/web'))

  it('of a domain’s locations', () => {
    assert.equal(locationsDir('example.com'), '/var/lib/slipway/nginx/locations/example.com')
  })
})
