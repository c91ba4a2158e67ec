import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Finding, type Here, hostFindings } from '../../src/plan/findings.js'
import { app, facts, report, serving } from './samples.js'

const HERE: Here = { time: 1_700_000_000, machine: 'x86_64', nix: true, buildsThere: false }
const WEB = app({ listen: 'port', routes: ['https://example.com'] })
const SETUP = 'slipway setup nixie'

/** A finding as `doctor` shows it. */
const shown = ({ blocks: _, problem: __, ...finding }: Finding) => finding

/** What is not in order with a host. */
function failing(own: Parameters<typeof facts>[0], here: Partial<Here> = {}, services = [WEB]) {
  const findings = hostFindings('nixie', report({ host: facts(own) }), services, { ...HERE, ...here })
  return findings.map(shown).flatMap(({ ok, ...finding }) => (ok ? [] : [finding]))
}

describe('hostFindings', () => {
  it('finds everything in order on a host that is set up', () => {
    const findings = hostFindings('nixie', report(), [WEB], HERE)
    assert.ok(findings.every(({ blocks }) => !blocks))
    assert.deepEqual(findings.map(shown), [
      { name: 'reachable', ok: true, found: 'nixie, debian 12' },
      { name: 'privilege', ok: true, found: 'root' },
      { name: 'systemd', ok: true, found: 'version 252' },
      { name: 'units', ok: true, found: '/etc/systemd/system' },
      { name: 'Nix', ok: true, found: 'version 2.18.1' },
      { name: 'Nix settings', ok: true, found: 'flakes nix-command' },
      { name: 'agent', ok: true, found: 'version 0.2.0, Node 22.1.0' },
      { name: 'set up', ok: true, found: 'yes' },
      { name: 'openssl', ok: true, found: 'installed' },
      { name: 'lego', ok: true, found: 'installed' },
      { name: 'nginx', ok: true, found: 'version 1.22.1' },
      { name: 'nginx running', ok: true, found: 'yes' },
      { name: 'nginx config', ok: true, found: 'valid' },
      { name: 'nginx includes slipway', ok: true, found: 'yes' },
      {
        name: 'nginx unknown names',
        ok: true,
        found: 'closed on port 80, while slipway serves anything there',
      },
      { name: 'space in /nix/store', ok: true, found: '2048 MiB free' },
      { name: 'space in /var/lib', ok: true, found: '2048 MiB free' },
      { name: 'architecture', ok: true, found: 'x86_64' },
      { name: 'clock', ok: true, found: 'in step' },
      { name: 'lock', ok: true, found: 'free' },
    ])
  })

  for (const [what, own, check] of [
    [
      'a login without rights',
      { root: false },
      { name: 'privilege', found: 'not root', fix: 'log in as root, or as somebody who may become root' },
    ],
    [
      'an old systemd',
      { systemd: 239 },
      { name: 'systemd', found: 'version 239', fix: 'slipway needs systemd 240 or newer' },
    ],
    ['no Nix', { nix: null }, { name: 'Nix', found: 'not installed', fix: SETUP }],
    ['an old Nix', { nix: '2.7.1' }, { name: 'Nix', found: 'version 2.7.1', fix: SETUP }],
    [
      'a systemd that does not run',
      { systemd: 0 },
      { name: 'systemd', found: 'not running', fix: 'slipway needs systemd' },
    ],
    ['no agent', { agent: null }, { name: 'agent', found: 'not installed', fix: SETUP }],
    [
      'slipway 0.1',
      { agent: null, legacy: true },
      { name: 'agent', found: 'the shell program of slipway 0.1', fix: SETUP },
    ],
    [
      'an agent whose Node may be collected',
      { agent: { version: '0.2.0', bundle: '0123456789abcdef', node: '22.1.0', rooted: false } },
      {
        name: 'agent',
        found: "version 0.2.0, Node 22.1.0, which no root of Nix's collector keeps",
        fix: SETUP,
      },
    ],
    ['no setup', { prepared: false }, { name: 'set up', found: 'no', fix: SETUP }],
    ['no nginx', { nginx: null }, { name: 'nginx', found: 'not installed', fix: SETUP }],
    [
      'a stopped nginx',
      { nginxRunning: false },
      { name: 'nginx running', found: 'no', fix: 'systemctl enable --now nginx' },
    ],
    [
      'a broken nginx config',
      { nginxValid: false, nginxError: 'emerg' },
      { name: 'nginx config', found: 'emerg', fix: 'correct it on the host until `nginx -t` passes' },
    ],
    [
      'an nginx config without ours',
      { nginxIncludes: false },
      { name: 'nginx includes slipway', found: 'no', fix: SETUP },
    ],
    [
      'little room, early',
      { freeStoreKb: 1024 * 1024 - 1 },
      {
        name: 'space in /nix/store',
        found: '1023 MiB free',
        fix: 'make room: slipway gc nixie removes what no release needs',
      },
    ],
    [
      'a full disk',
      { freeVarKb: 1024 },
      {
        name: 'space in /var/lib',
        found: '1 MiB free',
        fix: 'make room: slipway gc nixie removes what no release needs',
      },
    ],
    [
      'another architecture',
      { machine: 'aarch64' },
      {
        name: 'architecture',
        found: 'aarch64',
        fix: "this machine is x86_64: build on the host with hosts.nixie.build: 'host'",
      },
    ],
    [
      'a clock that is ahead',
      { time: HERE.time + 31 },
      { name: 'clock', found: '31 s ahead', fix: 'timedatectl set-ntp true' },
    ],
    [
      'a clock that is behind',
      { time: HERE.time - 3600 },
      { name: 'clock', found: '3600 s behind', fix: 'timedatectl set-ntp true' },
    ],
  ] as const) {
    it(`finds ${what}`, () => assert.deepEqual(failing(own), [check]))
  }

  it('tells what was found of an agent that does not answer', () => {
    assert.deepEqual(failing({ agent: null }, { agent: 'installed, but not running' }), [
      { name: 'agent', found: 'installed, but not running', fix: SETUP },
    ])
  })

  for (const nix of ['2.8.0', '2.31.2', '3.0']) {
    it(`is content with Nix ${nix}`, () => assert.deepEqual(failing({ nix }), []))
  }

  it('finds rights that a login was given', () => {
    const findings = hostFindings('nixie', report({ host: facts({ became: true }) }), [WEB], HERE)
    assert.deepEqual(findings.map(shown)[1], { name: 'privilege', ok: true, found: 'root, by `become`' })
  })

  it('does not mind a clock that is a little off, but tells', () => {
    const findings = hostFindings('nixie', report({ host: facts({ time: HERE.time + 10 }) }), [WEB], HERE)
    assert.deepEqual(
      findings.map(shown).find(({ name }) => name === 'clock'),
      { name: 'clock', ok: true, found: '10 s ahead' },
    )
  })

  it('needs flakes, and no equal architecture, where the host builds', () => {
    assert.deepEqual(failing({ nixFeatures: '', machine: 'aarch64' }), [
      {
        name: 'architecture',
        found: 'aarch64',
        fix: "this machine is x86_64: build on the host with hosts.nixie.build: 'host'",
      },
    ])
    assert.deepEqual(failing({ nixFeatures: '', machine: 'aarch64' }, { buildsThere: true }), [
      { name: 'Nix settings', found: 'no experimental features', fix: SETUP },
    ])
  })

  it('finds a foreign server block that lacks our locations', () => {
    const routes = [{ url: 'https://a.example', server: 'existing' } as const]
    assert.deepEqual(failing({}, {}, [app({ listen: 'port', routes })]), [
      {
        name: 'nginx server of a.example',
        found: 'does not include the routes',
        fix: 'add to its server { … }: include /var/lib/slipway/nginx/locations/a.example/*.conf;',
      },
    ])
  })

  it('tells who holds the lock, and does not take the work of that one for cut off', () => {
    const lock = { id: 'x', who: 'bob@desk', what: 'deploy web', since: HERE.time }
    const busy = report({ lock, services: [serving(null, { activating: 4 })] })
    const [held, web] = hostFindings('nixie', busy, [WEB], HERE).map(shown).slice(-2)
    assert.deepEqual(held, { name: 'lock', ok: true, found: 'held by bob@desk: deploy web' })
    assert.equal(web?.ok, true)
  })

  it('finds an activation that was cut off', () => {
    const cut = report({ services: [serving(null, { activating: 4 })] })
    assert.deepEqual(hostFindings('nixie', cut, [WEB], HERE).map(shown).at(-1), {
      name: 'service web',
      ok: false,
      found: 'release 4 was cut off half-way',
      fix: 'slipway deploy web puts it right',
    })
  })

  it('asks a key for one service about that alone', () => {
    const api = { ...app({ routes: ['https://b.example'], listen: 'port' }), name: 'api' }
    const key = facts({
      key: { service: 'api', name: 'ci', services: ['api'], observe: false },
      lego: false,
    })
    const found = (services: (typeof WEB)[]) =>
      hostFindings('nixie', report({ host: key }), services, HERE).filter(({ ok }) => !ok)
    assert.deepEqual(
      found([WEB, api]).map(({ name }) => name),
      ['lego'],
    )
    assert.deepEqual(
      found([WEB]).map(({ name, found: what, blocks }) => [name, what, blocks]),
      [['key', 'the key ci deploys api there, and does nothing else', true]],
    )
  })

  it('blocks deploys with what they can not do without', () => {
    const bare = facts({
      nix: null,
      nginx: null,
      agent: null,
      prepared: false,
      nginxRunning: false,
      root: false,
    })
    const findings = hostFindings('nixie', report({ host: bare }), [WEB], { ...HERE, machine: 'aarch64' })
    const names = (blocks: boolean) =>
      findings.filter((one) => !one.ok && one.blocks === blocks).map(({ name }) => name)
    assert.deepEqual(names(true), ['Nix', 'agent', 'nginx'])
    assert.deepEqual(names(false), ['privilege', 'set up', 'architecture'])
  })
})
