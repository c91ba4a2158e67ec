import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  currentDir,
  currentMark,
  HOST_ROOT,
  holdMark,
  locationsDir,
  maintenanceMark,
  queueLink,
  queueSocket,
  serviceDir,
  slotDir,
  slotRunMark,
  stateDir,
} from '../../src/contract/paths.js'

describe('the places on a host', () => {
  it('of a service', () => {
    assert.equal(HOST_ROOT, '/var/lib/slipway')
    assert.equal(serviceDir('web'), '/var/lib/slipway/services/web')
    assert.equal(currentDir('web'), '/var/lib/slipway/services/web/current/release')
    assert.equal(currentMark('web', 'green'), '/var/lib/slipway/services/web/current/green')
    assert.equal(slotDir('web'), '/var/lib/slipway/services/web/slots/%i/release')
  })

  it('of marks, which a reboot clears away', () => {
    assert.equal(slotRunMark('web', '%i'), '/run/slipway-slots/web@%i')
    assert.equal(holdMark('web'), '/run/slipway-hold/web')
    assert.equal(queueSocket('web', 'green'), '/run/web@queue-green.sock')
    assert.equal(queueLink('web'), '/run/web@queue.sock')
  })

  it('of maintenance, which a reboot does not end', () => {
    assert.equal(maintenanceMark('web'), '/var/lib/slipway/maintenance/web')
  })

  it('of its state, which no release holds', () => assert.equal(stateDir('web'), '/var/lib/web'))

  it('of a domain’s locations', () => {
    assert.equal(locationsDir('example.com'), '/var/lib/slipway/nginx/locations/example.com')
  })
})
