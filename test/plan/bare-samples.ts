import type { BootstrapFacts } from '../../src/contract/bootstrap.js'

const AGENT_UNIT = '/etc/systemd/system/slipway-agent.service'

/** What a freshly rented Debian host is. */
export function bareFacts(changes: Partial<BootstrapFacts> = {}): BootstrapFacts {
  return {
    name: 'web',
    os: 'debian',
    osVersion: '13',
    machine: 'x86_64',
    nixos: false,
    root: true,
    became: false,
    systemd: 257,
    unitPath: ['/etc/systemd/system', '/etc/systemd/system.attached', '/usr/lib/systemd/system'],
    unitsWritable: true,
    programs: { 'apt-get': '/usr/bin/apt-get', visudo: '/usr/sbin/visudo' },
    nix: null,
    nixFeatures: '',
    nginx: {
      version: null,
      running: false,
      enabled: false,
      valid: false,
      error: null,
      includes: false,
      domains: [],
      confD: false,
    },
    agent: {
      bundle: null,
      version: null,
      node: null,
      nodeVersion: null,
      rooted: false,
      unit: null,
      active: false,
    },
    legacy: { installed: false, unfinished: [], lock: null },
    prepared: false,
    deployUser: null,
    askedUser: false,
    nixUsers: false,
    freeStoreKb: 1_000_000,
    freeVarKb: 2_000_000,
    time: 1_800_000_000,
    ...changes,
  }
}

/** The same host once it is set up. */
export function readyFacts(changes: Partial<BootstrapFacts> = {}): BootstrapFacts {
  return bareFacts({
    programs: {
      'apt-get': '/usr/bin/apt-get',
      visudo: '/usr/sbin/visudo',
      'nix-store': '/usr/bin/nix-store',
    },
    nix: '2.26.3',
    nixFeatures: 'flakes nix-command',
    nginx: {
      version: '1.26.3',
      running: true,
      enabled: true,
      valid: true,
      error: null,
      includes: true,
      domains: [],
      confD: true,
    },
    agent: {
      bundle: 'aaaaaaaaaaaaaaaa',
      version: '0.1.0',
      node: '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nodejs-22.0.0',
      nodeVersion: 'v22.0.0',
      rooted: true,
      unit: AGENT_UNIT,
      active: true,
    },
    prepared: true,
    ...changes,
  })
}

/** A NixOS host that knows nothing of slipway. */
export function nixosFacts(changes: Partial<BootstrapFacts> = {}): BootstrapFacts {
  return bareFacts({
    os: 'nixos',
    osVersion: '25.11',
    nixos: true,
    unitsWritable: false,
    programs: { 'nix-store': '/run/current-system/sw/bin/nix-store' },
    nix: '2.31.2',
    nixFeatures: '',
    ...changes,
  })
}
