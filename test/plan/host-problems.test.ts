import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceConfig } from '../../src/config/resolved.js'
import type { HostFacts } from '../../src/contract/report.js'
import { hostProblems } from '../../src/plan/findings.js'
import { app, facts, report } from './samples.js'

const WEB = app({ listen: 'port', routes: ['https://example.com'] })
const SETUP = 'slipway setup nixie'

/** Why services can't be deployed to a host. */
function problems(host: HostFacts, services: ServiceConfig[]) {
  return hostProblems('nixie', report({ host }), services)
}

describe('hostProblems', () => {
  it('has one where somebody else has the port of a service', () => {
    const fixed = app({ listen: { port: 4000 } })
    const portHolders = [
      { service: fixed.name, port: 4000, by: 'perl (process 12)' },
      { service: 'other', port: 5000, by: 'ruby (process 13)' },
    ]
    assert.deepEqual(hostProblems('nixie', report({ portHolders }), [fixed]), [
      {
        problem: `port 4000 is taken by perl (process 12): ${fixed.name} can't have it`,
        fix: `give ${fixed.name} a network of its own with \`listen: { port: 4000, network: 'own' }\`, or another port; or end what has this one`,
      },
    ])
  })

  it('has none for a host that is set up', () => assert.deepEqual(problems(facts(), [WEB]), []))

  it('has one for a key that is for another service', () => {
    const key = (service: string) =>
      facts({ key: { service, name: 'ci', services: [service], observe: false } })
    assert.deepEqual(problems(key(WEB.name), [WEB]), [])
    const other = {
      problem: 'the key ci deploys blog there, and does nothing else',
      fix: 'slipway deploy blog',
    }
    assert.deepEqual(problems(key('blog'), [WEB]), [other])
    assert.deepEqual(problems(key('blog'), []), [other])
    const several = { service: null, name: 'server', services: ['blog', WEB.name], observe: true }
    assert.deepEqual(problems(facts({ key: several }), [WEB]), [])
    const observer = {
      problem: 'the key eyes looks at the host there, and does nothing else',
      fix: 'deploy with a key that may',
    }
    const eyes = { service: null, name: 'eyes', services: [], observe: true }
    assert.deepEqual(problems(facts({ key: eyes }), [WEB]), [observer])
  })

  for (const [lack, own, problem] of [
    ['Nix', { nix: null }, { problem: 'Nix is not installed', fix: SETUP }],
    ['systemd', { systemd: 0 }, { problem: 'systemd is not running', fix: 'slipway needs systemd' }],
    ['an agent', { agent: null }, { problem: 'slipway has not been set up there', fix: SETUP }],
    [
      'an agent, but with slipway 0.1',
      { agent: null, legacy: true },
      { problem: 'it was set up by slipway 0.1', fix: SETUP },
    ],
    [
      'lego',
      { lego: false },
      { problem: 'lego is not installed, which the certificates of https routes need', fix: SETUP },
    ],
    ['nginx', { nginx: null }, { problem: 'nginx is not installed', fix: SETUP }],
    [
      'a valid nginx config',
      { nginxValid: false, nginxError: 'unknown directive "foo"' },
      {
        problem:
          'nginx\'s own configuration is broken, before anything of this deploy: unknown directive "foo"',
        fix: 'correct it on the host until `nginx -t` passes',
      },
    ],
    [
      'our part of nginx’s config',
      { nginxIncludes: false },
      { problem: "nginx's configuration does not include slipway's", fix: SETUP },
    ],
    ['a setup', { prepared: false }, { problem: 'slipway has not been set up there', fix: SETUP }],
    [
      'a unit directory',
      { unitDir: '/var/lib/slipway/units', unitDirUsed: false },
      {
        problem: 'systemd does not look for units in /var/lib/slipway/units',
        fix: `${SETUP} says which lines the NixOS configuration needs`,
      },
    ],
    [
      'space for packages',
      { freeStoreKb: 50 * 1024 + 1 },
      {
        problem: '/nix/store has 50 MiB left',
        fix: 'make room: slipway gc nixie removes what no release needs',
      },
    ],
    [
      'space for releases',
      { freeVarKb: 100 * 1024 - 1 },
      {
        problem: '/var/lib has 99 MiB left',
        fix: 'make room: slipway gc nixie removes what no release needs',
      },
    ],
  ] as const) {
    it(`tells of a host without ${lack}`, () => {
      assert.deepEqual(problems(facts(own), [WEB]), [problem])
    })
  }

  it('needs no nginx without routes', () => {
    assert.deepEqual(problems(facts({ nginx: null, nginxIncludes: false }), [app()]), [])
  })

  describe('for systems alone', () => {
    it('asks nothing of what services are served with', () => {
      const bare = facts({
        nginx: null,
        nginxRunning: false,
        nginxIncludes: false,
        nginxValid: false,
        unitDirUsed: false,
        prepared: false,
      })
      assert.deepEqual(problems(bare, []), [])
    })

    for (const [lack, own, problem] of [
      ['Nix', { nix: null }, { problem: 'Nix is not installed', fix: SETUP }],
      ['an agent', { agent: null }, { problem: 'slipway has not been set up there', fix: SETUP }],
      ['systemd', { systemd: 0 }, { problem: 'systemd is not running', fix: 'slipway needs systemd' }],
      [
        'space for packages',
        { freeStoreKb: 0 },
        {
          problem: '/nix/store has 0 MiB left',
          fix: 'make room: slipway gc nixie removes what no release needs',
        },
      ],
      [
        'space for records',
        { freeVarKb: 50 * 1024 },
        {
          problem: '/var/lib has 50 MiB left',
          fix: 'make room: slipway gc nixie removes what no release needs',
        },
      ],
    ] as const) {
      it(`tells of a host without ${lack}`, () => {
        assert.deepEqual(problems(facts(own), []), [problem])
      })
    }
  })

  it('tells once of a foreign server block that lacks our locations', () => {
    const routes = ['https://a.example', 'https://a.example/b', 'https://c.example'].map(
      (url) => ({ url, server: 'existing' }) as const,
    )
    assert.deepEqual(problems(facts({ nginxDomains: ['c.example'] }), [app({ listen: 'port', routes })]), [
      {
        problem: "no nginx server block of a.example includes slipway's routes",
        fix: 'add to its server { … }: include /var/lib/slipway/nginx/locations/a.example/*.conf;',
      },
    ])
  })

  it('puts what has to be mended first first', () => {
    const bare = facts({
      nix: null,
      agent: null,
      nginx: null,
      nginxIncludes: false,
      prepared: false,
      freeVarKb: 0,
    })
    assert.deepEqual(
      problems(bare, [WEB]).map(({ problem }) => problem),
      [
        'Nix is not installed',
        'slipway has not been set up there',
        'nginx is not installed',
        '/var/lib has 0 MiB left',
      ],
    )
  })
})
