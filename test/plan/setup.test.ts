import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BootstrapFacts } from '../../src/contract/bootstrap.js'
import { type SetupWanted, setupPlan } from '../../src/plan/setup.js'
import { setupHindrance } from '../../src/plan/setup-hindrance.js'
import { bareFacts, nixosFacts, readyFacts } from './bare-samples.js'

const WANTED: SetupWanted = { bundle: 'aaaaaaaaaaaaaaaa', version: '0.1.0', programs: [] }

/** The steps by who makes them, and what the agent is expected to say. */
function planned(facts: BootstrapFacts, wanted: Partial<SetupWanted> = {}) {
  return setupPlan(facts, { ...WANTED, ...wanted }).flatMap((step) =>
    step.by === 'prepare'
      ? step.notes.map(({ kind, text }) => [`prepare ${kind}`, text])
      : [[step.by, step.note.text]],
  )
}

describe('the plan of a setup', () => {
  it('names everything that a bare host lacks', () => {
    assert.deepEqual(planned(bareFacts(), { programs: ['openssl', 'lego'] }), [
      ['packages', 'install nix-bin nix-setup-systemd nginx-light openssl lego'],
      ['install', 'install the agent'],
      ['prepare change', 'allow flakes: extra-experimental-features in /etc/nix/nix.conf'],
      ['prepare change', 'create /var/lib/slipway'],
      ['prepare change', "include slipway's routes: /etc/nginx/conf.d/slipway.conf"],
      ['prepare change', 'start nginx, now and at boot'],
    ])
  })

  it('has nothing to do on a host that is ready', () => {
    assert.deepEqual(planned(readyFacts()), [])
  })

  it('leaves packages to the owner where there is no apt-get, and stops without Nix', () => {
    const programs = { visudo: '/usr/sbin/visudo' }
    const text = "install Nix, nginx, lego with this system's package manager, then run setup again"
    assert.deepEqual(planned(bareFacts({ programs }), { programs: ['lego'] }), [['owner', text]])
    const [first, second] = planned(
      bareFacts({ programs: { ...programs, 'nix-store': '/usr/bin/nix-store' }, nix: '2.26.3' }),
    )
    assert.deepEqual([first?.[0], second?.[0]], ['owner', 'install'])
  })

  it('brings a Node only where the one that is there does not do', () => {
    const node = (changes: Partial<BootstrapFacts['agent']>) => {
      const { agent } = readyFacts()
      const facts = readyFacts({ agent: { ...agent, active: false, ...changes } })
      const step = setupPlan(facts, WANTED).find(({ by }) => by === 'install')
      return step?.by === 'install' ? step.node : undefined
    }
    assert.deepEqual([{}, { rooted: false }, { nodeVersion: 'v20.18.0' }, { nodeVersion: null }].map(node), [
      false,
      true,
      true,
      true,
    ])
    assert.equal(node({ active: true, rooted: false }), undefined)
  })

  it('has an agent that runs replace itself, but not by an older one', () => {
    const other = { bundle: 'bbbbbbbbbbbbbbbb' }
    assert.deepEqual(planned(readyFacts(), other), [['upgrade', "bring the agent to this machine's version"]])
    assert.deepEqual(planned(readyFacts(), { ...other, version: '0.0.9' }), [])
  })

  it('declares a NixOS host', () => {
    const text = `use the module slipway-host in the NixOS configuration (docs/modules.md), or add these lines, and switch to it:
  boot.extraSystemdUnitPaths = [ "/var/lib/slipway/units" ];
  services.nginx.enable = true;
  services.nginx.appendHttpConfig = "include /var/lib/slipway/nginx/http.conf;";
  environment.systemPackages = [ pkgs.lego ];
  nix.settings.experimental-features = [ "nix-command" "flakes" ];
  networking.firewall.allowedTCPPorts = [ 80 443 ];`
    assert.deepEqual(planned(nixosFacts(), { programs: ['lego'] }), [
      ['install', 'install the agent'],
      ['prepare change', 'create /var/lib/slipway'],
      ['prepare manual', text],
    ])
  })

  it('leaves the agent of a NixOS configuration to it', () => {
    const { nginx, agent } = readyFacts()
    const unit = '/etc/systemd/system/slipway-agent.service'
    const facts = nixosFacts({
      unitPath: ['/etc/systemd/system', '/var/lib/slipway/units'],
      prepared: true,
      nginx,
      agent: { ...agent, unit },
    })
    assert.deepEqual(planned(facts, { bundle: 'bbbbbbbbbbbbbbbb' }), [])
    const ours = { ...agent, unit: '/var/lib/slipway/units/slipway-agent.service' }
    assert.deepEqual(
      planned({ ...facts, agent: ours }, { bundle: 'bbbbbbbbbbbbbbbb' }).map(([by]) => by),
      ['upgrade'],
    )
  })

  it('makes a deploy user, and keeps up to date what there is of one', () => {
    const gate = 'let ann deploy, through /var/lib/slipway/access/gate'
    const sudo = 'let sudo run /var/lib/slipway/access/gate for ann, and nothing else'
    assert.deepEqual(planned(readyFacts({ nixUsers: true }), { deployUser: 'ann' }), [
      ['prepare change', gate],
      ['prepare change', 'make the user ann: no password, no rights but to deploy'],
      ['prepare change', "let ann talk to Nix's daemon"],
      ['prepare change', sudo],
    ])
    assert.deepEqual(planned(readyFacts({ deployUser: 'ann', askedUser: true })), [['prepare change', gate]])
    const withoutSudo = readyFacts({ programs: { 'nix-store': '/usr/bin/nix-store' } })
    assert.deepEqual(planned(withoutSudo, { deployUser: 'ann' }).at(-1), [
      'prepare manual',
      'install sudo, then run setup again: ann becomes root through it, for /var/lib/slipway/access/gate alone',
    ])
  })

  it('removes the shell program of 0.1', () => {
    const legacy = { installed: true, unfinished: [], lock: null }
    const { agent } = bareFacts()
    assert.deepEqual(planned(readyFacts({ legacy, agent })), [
      ['install', 'install the agent'],
      ['prepare change', 'remove the shell program of slipway 0.1, whose work the agent does'],
    ])
  })
})

describe('what keeps a host from being set up', () => {
  it('is an activation of the shell program that has not ended', () => {
    const legacy = { installed: true, unfinished: ['deploy app'], lock: null }
    assert.deepEqual(setupHindrance('web', readyFacts({ legacy }), undefined), {
      what: 'web has an activation of slipway 0.1 that has not ended',
      why: 'deploy app. Only the program that began it can put back what was there.',
      next: 'Wait until it has ended: slipway 0.1 puts it back within minutes. Or end it now, as root on web: systemctl start slipway-recover.service. Then run setup again.',
    })
  })

  it('is a user of the same name, or another deploy user', () => {
    const what = (facts: BootstrapFacts) => setupHindrance('web', facts, 'ann')?.what
    assert.equal(what(readyFacts()), undefined)
    assert.equal(
      what(readyFacts({ askedUser: true })),
      'the host already has a user ann that slipway did not make; choose another name',
    )
    assert.equal(what(readyFacts({ deployUser: 'bob' })), 'the deploy user of this host is bob')
    assert.equal(what(readyFacts({ deployUser: 'ann', askedUser: true })), undefined)
    assert.equal(what(nixosFacts({ askedUser: true })), undefined)
  })

  it('is that it has no systemd, or that the login is not root', () => {
    assert.equal(
      setupHindrance('web', bareFacts({ root: false }), undefined)?.what,
      'setup of web needs root',
    )
    assert.equal(
      setupHindrance('web', bareFacts({ systemd: 0 }), undefined)?.what,
      'systemd is not running on web',
    )
    assert.equal(setupHindrance('web', bareFacts(), undefined), undefined)
  })
})
