import type { BootstrapFacts } from '../contract/bootstrap.js'
import type { HostFacts, Report } from '../contract/report.js'
import { OWN_UNITS } from '../contract/setup.js'

const SYSTEM_UNITS = '/etc/systemd/system'
/** Where portablectl(1) attaches units: systemd looks there at boot also on a NixOS that knows nothing of slipway. */
const ATTACHED_UNITS = '/etc/systemd/system.attached'

/** Where units of services may be written. */
export function unitDir(facts: Pick<BootstrapFacts, 'unitsWritable'>): string {
  return facts.unitsWritable ? SYSTEM_UNITS : OWN_UNITS
}

/** Where a unit may be written that systemd looks for at boot. */
export function agentUnitDir(facts: Pick<BootstrapFacts, 'unitsWritable' | 'unitPath'>): string {
  const at = unitDir(facts)
  return at === SYSTEM_UNITS || facts.unitPath.includes(at) ? at : ATTACHED_UNITS
}

/** Whether the agent is part of the host's NixOS configuration: then that alone changes it. */
export function agentDeclared(
  facts: Pick<BootstrapFacts, 'unitsWritable' | 'unitPath'> & {
    agent: Pick<BootstrapFacts['agent'], 'unit'>
  },
): boolean {
  const { unit } = facts.agent
  return unit !== null && !unit.startsWith(`${agentUnitDir(facts)}/`)
}

/** The facts of a host whose agent does not answer, or that has none. */
export function hostFactsOf(facts: BootstrapFacts): HostFacts {
  const { nginx } = facts
  const at = unitDir(facts)
  return {
    name: facts.name,
    os: facts.os,
    osVersion: facts.osVersion,
    machine: facts.machine,
    systemd: facts.systemd,
    nix: facts.nix,
    nixStore: facts.programs['nix-store'] ?? null,
    nixFeatures: facts.nixFeatures,
    nginx: nginx.version,
    nginxRunning: nginx.running,
    nginxValid: nginx.valid,
    nginxError: nginx.error,
    nginxIncludes: nginx.includes,
    nginxDomains: [...nginx.domains],
    // Asked for when units are made, which takes an agent.
    nginxGroup: '',
    encrypts: 'systemd-creds' in facts.programs,
    openssl: 'openssl' in facts.programs,
    lego: 'lego' in facts.programs,
    ip: 'ip' in facts.programs,
    nft: 'nft' in facts.programs,
    pasta: 'pasta' in facts.programs,
    unitDir: at,
    unitDirUsed: facts.unitPath.includes(at),
    prepared: facts.prepared,
    agent: null,
    legacy: facts.legacy.installed,
    root: facts.root,
    became: facts.became,
    key: null,
    freeStoreKb: facts.freeStoreKb,
    freeVarKb: facts.freeVarKb,
    time: facts.time,
  }
}

/** What a host without an agent reports: what it is, and that nothing is known of what it serves. */
export function bareReport(facts: BootstrapFacts): Report {
  return {
    host: hostFactsOf(facts),
    lock: facts.legacy.lock,
    services: [],
    secrets: [],
    systems: [],
    certificates: [],
    ports: [],
  }
}

/** What stands between a deployer and the agent, for `doctor`; undefined where it runs. */
export function agentProblem({ agent, legacy }: BootstrapFacts): string | undefined {
  if (agent.active) return undefined
  if (agent.bundle === null) return legacy.installed ? 'the shell program of slipway 0.1' : 'not installed'
  if (agent.nodeVersion === null) return 'installed, but its Node does not run'
  return agent.version === null ? 'installed, but it does not run' : 'installed, but not running'
}
