import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import { select } from '../../src/engine/selection.js'
import { ExitCode, SlipwayError, service, system } from '../../src/index.js'

const CONFIG = resolveConfig(
  {
    hosts: { nixie: 'nixie', pixie: 'pixie', trixie: 'trixie', spare: 'spare' },
    services: {
      web: service({ package: '.', hosts: ['nixie', 'pixie'] }),
      post: service({ package: '.', hosts: 'pixie' }),
    },
    systems: {
      box: system({ flake: '.#box', host: 'pixie' }),
      tower: system({ flake: '.#tower', host: 'trixie' }),
    },
  },
  { file: 'slipway.config.ts', root: '/project' },
)

/** The names of what is selected. */
function names(given: string[], hosts: string[]) {
  const selection = select(CONFIG, given, hosts)
  return [selection.services, selection.systems, selection.hosts].map((items) =>
    items.map(({ name }) => name),
  )
}

describe('select', () => {
  it('takes all services and systems, and the hosts that they are on', () => {
    assert.deepEqual(names([], []), [
      ['web', 'post'],
      ['box', 'tower'],
      ['nixie', 'pixie', 'trixie'],
    ])
  })
  it('takes a service on all of its hosts', () =>
    assert.deepEqual(names(['post'], []), [['post'], [], ['pixie']]))
  it('takes a system on its host', () => assert.deepEqual(names(['tower'], []), [[], ['tower'], ['trixie']]))
  it('takes all services and systems of a host', () => {
    assert.deepEqual(names([], ['pixie']), [['web', 'post'], ['box'], ['pixie']])
    assert.deepEqual(names([], ['nixie']), [['web'], [], ['nixie']])
    assert.deepEqual(names([], ['trixie']), [[], ['tower'], ['trixie']])
  })
  it('takes a service on one of its hosts', () => {
    assert.deepEqual(names(['web'], ['nixie']), [['web'], [], ['nixie']])
  })
  it('takes a service and a system together', () => {
    assert.deepEqual(names(['box', 'web'], []), [['web'], ['box'], ['nixie', 'pixie']])
    assert.deepEqual(names(['box', 'web'], ['pixie']), [['web'], ['box'], ['pixie']])
  })

  for (const [what, services, hosts, error] of [
    [
      'a mistyped service',
      ['wbe'],
      [],
      { what: 'the config has no service "wbe"', next: 'Did you mean "web"?' },
    ],
    [
      'an unknown service',
      ['database'],
      [],
      { what: 'the config has no service "database"', next: 'It has: web, post, box, tower.' },
    ],
    [
      'a mistyped host',
      [],
      ['nixi'],
      { what: 'the config has no host "nixi"', next: 'Did you mean "nixie"?' },
    ],
    [
      'a service with a host that it is not on',
      ['post'],
      ['nixie'],
      { what: 'post is not on nixie', next: 'See `hosts` of the services in the config.' },
    ],
    [
      'services of which one is not on the hosts',
      ['web', 'post'],
      ['nixie'],
      { what: 'post is not on nixie', next: 'See `hosts` of the services in the config.' },
    ],
    [
      'a mistyped system',
      ['bxo'],
      [],
      { what: 'the config has no service "bxo"', next: 'Did you mean "box"?' },
    ],
    [
      'a system with a host that it is not on',
      ['box'],
      ['nixie'],
      { what: 'box is not on nixie', next: 'See `hosts` of the services in the config.' },
    ],
    [
      'a host that no service is on',
      [],
      ['spare'],
      { what: 'no service is on spare', next: 'See `hosts` of the services in the config.' },
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => select(CONFIG, services, hosts),
        new SlipwayError({ ...error, code: ExitCode.usage }),
      )
    })
  }
})
