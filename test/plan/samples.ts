import assert from 'node:assert/strict'
import { resolveConfig } from '../../src/config/resolve.js'
import type { ServiceConfig, SystemConfig } from '../../src/config/resolved.js'
import type { ClosurePath, Manifest } from '../../src/contract/release.js'
import type { HostFacts, Report, ServiceReport, SystemReport } from '../../src/contract/report.js'
import { type System, system } from '../../src/index.js'
import { manifestOf as manifestFrom } from '../../src/plan/manifest.js'
import type { BuiltForHost, BuiltService } from '../../src/plan/plan.js'
import type { Project } from '../../src/plan/project.js'
import type { BuiltSystem } from '../../src/plan/systems.js'
import { ingredients, PACKAGE } from '../release/samples.js'

export { app, FEATURES, PACKAGE, staticSite } from '../release/samples.js'

/** Who deploys. */
export const PROJECT: Project = { name: 'me/shop', from: 'config' }

/** The closure of {@link PACKAGE}. */
export const CLOSURE: ClosurePath[] = [
  { path: '/nix/store/00000000000000000000000000000000-libc', bytes: 3000 },
  { path: PACKAGE, bytes: 200 },
]

/** A host that has all a deploy needs, with some facts of its own. */
export function facts(own: Partial<HostFacts> = {}): HostFacts {
  return {
    name: 'nixie',
    key: null,
    os: 'debian',
    osVersion: '12',
    machine: 'x86_64',
    systemd: 252,
    nix: '2.18.1',
    nixStore: '/usr/bin/nix-store',
    nixFeatures: 'flakes nix-command',
    nginx: '1.22.1',
    nginxRunning: true,
    nginxValid: true,
    nginxError: null,
    nginxIncludes: true,
    nginxDomains: [],
    nginxGroup: 'www-data',
    encrypts: true,
    openssl: true,
    lego: true,
    unitDir: '/etc/systemd/system',
    unitDirUsed: true,
    prepared: true,
    agent: { version: '0.2.0', bundle: '0123456789abcdef', node: '22.1.0', rooted: true },
    legacy: false,
    root: true,
    became: false,
    freeStoreKb: 2048 * 1024,
    freeVarKb: 2048 * 1024,
    time: 1_700_000_000,
    ...own,
  }
}

/** A host's report. */
export function report(own: Partial<Report> = {}): Report {
  return {
    host: facts(),
    lock: null,
    services: [],
    secrets: [],
    systems: [],
    certificates: [],
    ports: [],
    ...own,
  }
}

/** What a host tells of a service of which release 3 of 1 to 3 serves and runs. */
export function serving(manifest: Manifest | null, own: Partial<ServiceReport> = {}): ServiceReport {
  return {
    name: 'web',
    current: 3,
    releases: [1, 2, 3].map((number) => ({
      number,
      good: 1_600_000_000 + number,
      commit: null,
      unprivileged: true,
    })),
    manifest,
    closure: CLOSURE,
    canary: null,
    maintenance: false,
    activating: null,
    units: [running('web.service')],
    probe: null,
    ...own,
  }
}

export function running(name: string) {
  return { name, active: 'active', sub: 'running', restarts: 0, since: 1_700_000_000 }
}

export function unit(name: string, active: string, sub: string) {
  return { ...running(name), active, sub }
}

/** What building gave for a service. */
export function built(service: ServiceConfig, own: Partial<BuiltService> = {}): BuiltService {
  const { package: path, program, commit, assets } = ingredients()
  return { service, package: path, program, closure: CLOSURE, commit, assets, ...own }
}

/** All that was built for a host: services alone, unless more is added. */
export function builds(...services: BuiltService[]): BuiltForHost {
  return { services, systems: [], mode: 'switch', project: PROJECT }
}

/** Store paths of a system: what is active, what would be, and something else. */
export const SYSTEM = {
  current: '/nix/store/00000000000000000000000000000007-nixos-system-box-24.11',
  next: '/nix/store/00000000000000000000000000000008-nixos-system-box-25.05',
  other: '/nix/store/00000000000000000000000000000009-nixos-system-box-test',
}

/** The system `box` of a config, with some fields of its own. */
export function box(fields: Partial<System> = {}): SystemConfig {
  const input = {
    hosts: { nixie: 'root@nixie' },
    systems: { box: system({ flake: '.#nixosConfigurations.box', ...fields }) },
  }
  const [only] = resolveConfig(input, { file: 'slipway.config.ts', root: '/project' }).systems
  assert.ok(only)
  return only
}

/** What building {@link box} gave. */
export function builtBox(path = SYSTEM.next, fields: Partial<System> = {}): BuiltSystem {
  return { system: box(fields), path }
}

/** What a host tells of {@link box}: generation 7 is active and runs. */
export function boxReport(own: Partial<SystemReport> = {}): SystemReport {
  return {
    name: 'box',
    profile: '/nix/var/nix/profiles/system',
    generation: 7,
    path: SYSTEM.current,
    running: SYSTEM.current,
    needsReboot: false,
    generations: [5, 6, 7].map((number) => ({
      number,
      path:
        number === 7
          ? SYSTEM.current
          : `/nix/store/0000000000000000000000000000000${number}-nixos-system-box`,
      at: 1_600_000_000 + number,
      good: true,
    })),
    activating: false,
    ...own,
  }
}

/** The manifest that a service's release has. */
export function manifestOf(service: ServiceConfig, given: Parameters<typeof ingredients>[0] = {}): Manifest {
  return manifestFrom(service, ingredients(given))
}
