import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import { select } from '../../src/deploy/selection.js'
import { ExitCode, SlipwayError, service } from '../../src/index.js'

const CONFIG = resolveConfig(
  {
    hosts: { nixie: 'nixie', pixie: 'pixie', spare: 'spare' },
    services: {
      web: service({ package: '.', hosts: ['nixie', 'pixie'] }),
      post: service({ package: '.', hosts: 'pixie' }),
    },
  },
  { file: 'slipway.config.ts', root: '/project' },
)

/** The names of what is selected. */
function names(services: string[], hosts: string[]) {
  const selection = select(CONFIG, services, hosts)
  return [selection.services.map(({ name }) => name), selection.hosts.map(({ name }) => name)]
}

describe('select', () => {
  it('takes all services, and the hosts that they run on', () => {
    assert.deepEqual(names([], []), [
      ['web', 'post'],
      ['nixie', 'pixie'],
    ])
  })
  it('takes a service on all of its hosts', () =>
    assert.deepEqual(names(['post'], []), [['post'], ['pixie']]))
  it('takes all services of a host', () => {
    assert.deepEqual(names([], ['pixie']), [['web', 'post'], ['pixie']])
    assert.deepEqual(names([], ['nixie']), [['web'], ['nixie']])
  })
  it('takes a service on one of its hosts', () => {
    assert.deepEqual(names(['web'], ['nixie']), [['web'], ['nixie']])
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
      { what: 'the config has no service "database"', next: 'It has: web, post.' },
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
