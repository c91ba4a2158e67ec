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
import { hostProgram } from '../../src/remote/program.js'

/** The places that the host's program sets, by the names of its variables. */
function programPlaces(): Record<string, string> {
  const places: Record<string, string> = {}
  for (const [, name = '', value = ''] of hostProgram().text.matchAll(/^([A-Z_]+)=(\S+)$/gm)) {
    places[name] = value.replace(/\$([A-Z_]+)/g, (_, other: string) => places[other] ?? '')
  }
  return places
}

describe('the places on a host', () => {
  it('are below the root that the host’s program uses', () => assert.equal(programPlaces().ROOT, HOST_ROOT))

  it('of a service', () => {
    assert.equal(serviceDir('web'), '/var/lib/slipway/services/web')
    assert.equal(currentDir('web'), '/var/lib/slipway/services/web/current/release')
    assert.equal(currentMark('web', 'green'), '/var/lib/slipway/services/web/current/green')
    assert.equal(slotDir('web'), '/var/lib/slipway/services/web/slots/%i/release')
  })

  it('of marks, which a reboot clears away', () => {
    const { SLOT_RUN, HOLD } = programPlaces()
    assert.deepEqual([SLOT_RUN, HOLD], ['/run/slipway-slots', '/run/slipway-hold'])
    assert.equal(slotRunMark('web'), `${SLOT_RUN}/web@%i`)
    assert.equal(holdMark('web'), `${HOLD}/web`)
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
