import type { BootstrapFacts } from '../contract/bootstrap.js'
import { SETUP_CHANGE, SETUP_MANUAL } from '../contract/setup.js'
import type { SetupNote } from '../contract/verbs.js'
import { replaces, runsAgent } from '../contract/versions.js'
import { packageOf } from '../release/host-programs.js'
import { agentDeclared } from './bare-host.js'
import { prepareNotes } from './setup-prepare.js'

/** What a host is to be ready for. */
export interface SetupWanted {
  /** The hash of this machine's agent, and its version. */
  bundle: string
  version: string
  /** A user who may deploy and nothing else; undefined keeps up to date what there is of one. */
  deployUser?: string | undefined
  /** What its services need beside the rest. */
  programs: readonly string[]
}

/** One step of setting up a host: who does it, and what is said of it. */
export type SetupStep =
  /** The bootstrap has apt-get install packages. */
  | { by: 'packages'; note: SetupNote; names: string[] }
  /** The bootstrap puts the agent in place; `node`: with a Node that must be brought. */
  | { by: 'install'; note: SetupNote; node: boolean }
  /** The agent that runs takes another version of itself. */
  | { by: 'upgrade'; note: SetupNote }
  /** Nobody but the host's owner can do it. */
  | { by: 'owner'; note: SetupNote }
  /** The agent's `prepare`, which looks for itself: what it will say, as far as that is known without it. */
  | { by: 'prepare'; notes: SetupNote[] }

/** Debian's packages by the programs they bring. */
const PACKAGES = [
  { program: 'nix-store', packages: ['nix-bin', 'nix-setup-systemd'] },
  { program: 'nginx', packages: ['nginx-light'] },
] as const

/** What makes a host ready, in order. Nothing follows what its owner must do first. */
export function setupPlan(facts: BootstrapFacts, wanted: SetupWanted): SetupStep[] {
  const steps: SetupStep[] = []
  if (!facts.nixos) {
    const packages = packagesStep(facts, wanted.programs)
    if (packages) steps.push(packages)
    if (packages?.by === 'owner' && facts.nix === null) return steps
  }
  const agent = agentStep(facts, wanted)
  if (agent) steps.push(agent)
  return [...steps, { by: 'prepare', notes: prepareNotes(facts, wanted) }]
}

function packagesStep(facts: BootstrapFacts, programs: readonly string[]): SetupStep | undefined {
  const has = (program: string) =>
    program === 'nginx' ? facts.nginx.version !== null : program in facts.programs
  const names = [
    ...PACKAGES.filter(({ program }) => !has(program)).flatMap(({ packages }) => [...packages]),
    ...programs.filter((program) => !has(program)).map(packageOf),
  ]
  if (names.length === 0) return undefined
  return 'apt-get' in facts.programs
    ? { by: 'packages', note: { kind: 'change', text: SETUP_CHANGE.packages(names) }, names }
    : { by: 'owner', note: { kind: 'manual', text: SETUP_MANUAL.packages(programs.map(packageOf)) } }
}

function agentStep(facts: BootstrapFacts, wanted: SetupWanted): SetupStep | undefined {
  const { agent } = facts
  if (agentDeclared(facts)) return undefined
  if (!agent.active) {
    const fits = agent.nodeVersion !== null && runsAgent(agent.nodeVersion) && agent.rooted
    return { by: 'install', note: { kind: 'change', text: SETUP_CHANGE.agent }, node: !fits }
  }
  if (agent.bundle === wanted.bundle) return undefined
  if (agent.version !== null && !replaces(wanted.version, agent.version)) return undefined
  return { by: 'upgrade', note: { kind: 'change', text: SETUP_CHANGE.upgrade } }
}
