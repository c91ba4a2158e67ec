import type { HostConfig } from '../config/resolved.js'
import type { BootstrapFacts } from '../contract/bootstrap.js'
import { SETUP_CHANGE } from '../contract/setup.js'
import type { SetupNote } from '../contract/verbs.js'
import { SlipwayError } from '../errors.js'
import { packageVersion } from '../package-root.js'
import { agentUnitDir } from '../plan/bare-host.js'
import { type SetupStep, setupPlan } from '../plan/setup.js'
import { setupHindrance } from '../plan/setup-hindrance.js'
import { agentBundle } from '../remote/agent-bundle.js'
import { type Bootstrap, bootstrapFacts, installAgent, installPackages } from '../remote/bootstrap.js'
import { bringNode } from './agent-node.js'
import { onBareHost } from './bare-host.js'
import type { Engine } from './engine.js'
import { call, LockedError, OtherContract } from './host-error.js'
import { onHost } from './login.js'
import { upgradeAgent } from './upgrade.js'

/** What setting up a host changed, or would change. */
export interface SetupResult {
  changes: string[]
  /** What only a person can do, such as lines for a NixOS configuration. */
  manual: string[]
}

/** How a host is made ready. */
export interface SetupOptions {
  /** Only say what would change. */
  dryRun: boolean
  /** A user who may deploy and nothing else; what there is of one is kept up to date without it. */
  deployUser?: string | undefined
  /** What its services need beside the rest. */
  programs: readonly string[]
  /** Flake inputs that are replaced, by name: also of what the agent's Node is made from. */
  overrides: Record<string, string>
}

/** What a step works with. */
interface Work {
  engine: Engine
  host: HostConfig
  via: Bootstrap
  options: SetupOptions
  /** By which what needs no new question was planned. */
  facts: BootstrapFacts
  tell(note: SetupNote): void
}

/** Makes a host ready. Whatever changes is told as an event, too. */
export async function setupHost(
  engine: Engine,
  host: HostConfig,
  options: SetupOptions,
): Promise<SetupResult> {
  const result: SetupResult = { changes: [], manual: [] }
  const tell = ({ kind, text }: SetupNote) => {
    result[kind === 'change' ? 'changes' : 'manual'].push(text)
    if (kind === 'change') engine.tell({ type: 'set-up', host: host.name, change: text })
  }
  const { deployUser, programs } = options
  const wanted = { bundle: agentBundle().hash, version: packageVersion(), deployUser, programs }
  await onBareHost(engine, host, async (via) => {
    const facts = await bootstrapFacts(via, { user: deployUser, programs })
    refuseHindered(host.name, facts, deployUser)
    const work: Work = { engine, host, via, options, facts, tell }
    for (const step of setupPlan(facts, wanted)) await take(work, step)
  })
  return result
}

/**
 * Brings the agent alone, for systems, which need nothing else of setup's.
 * @throws SlipwayError where the host has nothing that the agent could run with.
 */
export async function bringAgent(
  engine: Engine,
  host: HostConfig,
  overrides: Record<string, string>,
): Promise<void> {
  await onBareHost(engine, host, async (via) => {
    const facts = await bootstrapFacts(via)
    refuseHindered(host.name, facts, undefined)
    if (facts.programs['nix-store'] === undefined) throw notSetUp(host.name, 'Nix is not installed')
    if (facts.legacy.installed) throw notSetUp(host.name, 'it was set up by slipway 0.1')
    engine.tell({ type: 'set-up', host: host.name, change: SETUP_CHANGE.agent })
    const node = await bringNode(engine, via.connection, { host, facts, overrides })
    await installAgent(via, { bundle: agentBundle(), node, unitDir: agentUnitDir(facts) })
  })
}

function notSetUp(host: string, why: string): SlipwayError {
  return new SlipwayError({
    what: `${host} is not ready: ${why}`,
    still: 'Nothing was changed there.',
    next: `slipway setup ${host}`,
  })
}

function refuseHindered(host: string, facts: BootstrapFacts, deployUser: string | undefined): void {
  if (facts.legacy.lock) throw new LockedError(host, facts.legacy.lock)
  const hindrance = setupHindrance(host, facts, deployUser)
  if (hindrance) {
    throw new SlipwayError({
      ...hindrance,
      still: 'What served before serves still. Nothing was changed there.',
    })
  }
}

async function take(work: Work, step: SetupStep): Promise<void> {
  const { engine, via, options, tell } = work
  if (step.by === 'prepare') {
    await prepare(work, step.notes)
    return
  }
  tell(step.note)
  if (options.dryRun) return
  if (engine.signal.aborted) throw engine.signal.reason
  switch (step.by) {
    case 'packages':
      await installPackages(via, step.names)
      break
    case 'install':
      await install(work, step.node)
      break
    case 'upgrade':
      await upgradeAgent(engine, work.host, agentBundle()).catch(async (error: unknown) => {
        // An agent that can't be spoken with is replaced as if there were none; the host keeps it where that fails.
        if (!(error instanceof OtherContract)) throw error
        await install(work, false)
      })
      break
    case 'owner':
      break
  }
}

async function install({ engine, host, via, options }: Work, bringsNode: boolean): Promise<void> {
  // Packages may have come meanwhile.
  const facts = await bootstrapFacts(via)
  const { overrides } = options
  const node = bringsNode ? await bringNode(engine, via.connection, { host, facts, overrides }) : undefined
  await installAgent(via, { bundle: agentBundle(), node, unitDir: agentUnitDir(facts) })
}

/** The agent looks for itself; where a dry run finds none, what it would say is known as far as `expected` goes. */
async function prepare({ engine, host, options, facts, tell }: Work, expected: SetupNote[]): Promise<void> {
  const { dryRun, deployUser, programs } = options
  if (dryRun && !facts.agent.active) {
    expected.forEach(tell)
    return
  }
  const params = { dry: dryRun, deployUser: deployUser ?? null, programs: [...programs] }
  const { notes } = await onHost(engine, host, (login) => call(login, 'prepare', params))
  notes.forEach(tell)
}
