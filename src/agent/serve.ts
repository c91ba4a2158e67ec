import { join } from 'node:path'
import type { ItemState } from '../contract/activation.js'
import type { Holder } from '../contract/failure.js'
import { domainFolder } from '../contract/paths.js'
import { createAudit } from './access/audit.js'
import { migrateKeys } from './access/key-record.js'
import type { Around } from './activation/activate.js'
import type { ItemKind } from './activation/item.js'
import { type Kinds, readRecord } from './activation/kinds.js'
import { createTurns, isTurn } from './activation/turns.js'
import type { Agent } from './agent.js'
import { mendCaches } from './cache/mend.js'
import { createCertificates } from './certificates/certificates.js'
import { createAgent } from './context.js'
import { escalate } from './escalate/escalate.js'
import { prepareEscalation } from './escalate/peers.js'
import { readLink, readText } from './files.js'
import { bootId } from './guard/boot.js'
import type { Live } from './guard/live.js'
import { itemDir, itemState, SEEN } from './guard/record.js'
import { loadActivations, recover } from './guard/settle.js'
import { installHostUnits } from './host-units.js'
import { createNginx, type Nginx } from './nginx/nginx.js'
import { createNixFacts } from './report/nix-facts.js'
import { createReport } from './report/report.js'
import { gcTimer } from './room/timer.js'
import { reportSecrets } from './secrets/report.js'
import { listen } from './server/listen.js'
import type { Parts } from './server/parts.js'
import type { State } from './server/state.js'
import { batched } from './services/batch.js'
import type { ServiceDeps } from './services/deps.js'
import { createDraining } from './services/draining.js'
import { serviceItem } from './services/item.js'
import type { ServiceRecord } from './services/item-record.js'
import { migrateOwned } from './services/owned.js'
import { makePrivate } from './services/private-files.js'
import { currentParts } from './services/releases.js'
import { reportService } from './services/report.js'
import { routeRefusals } from './services/route-refusals.js'
import { prepare } from './setup/prepare.js'
import { notifyReady, notifyWatchdog, watchdogInterval } from './systemd/notify.js'
import { systemItem } from './systems/item.js'
import { ensureTimer } from './timer-units.js'
import { removeUnfinished } from './unfinished.js'
import { persistentUnitDir, unitDir } from './units-dir.js'
import { agentFacts } from './upgrade/facts.js'
import { ownBundle } from './upgrade/own-bundle.js'
import { endWhenReplaced } from './upgrade/replaced.js'
import { settleIn } from './upgrade/settle-in.js'
import { upgradeState } from './upgrade/state.js'
import { upgrade } from './upgrade/upgrade.js'

/** The agent as systemd runs it. */
export async function serve(): Promise<void> {
  // nginx and the services read what is written here; secrets set modes of their own.
  process.umask(0o022)
  const agent = createAgent()
  const { kinds, deps, nginx } = partsOf(agent)
  const certificates = createCertificates(agent, { ...nginx, currentParts: () => currentParts(agent) })
  // What had arrived for an activation that never began is nobody's any more.
  await heal(agent, 'what had arrived', () => agent.files.remove(agent.places.incoming))
  const around = aroundOf(agent, kinds, () => certificates.begin())
  const lives = await loadActivations(agent)
  const state: State = {
    agent,
    around,
    deps,
    nginx,
    turns: createTurns(),
    lives: new Map(lives.map((live) => [live.id, live])),
    arriving: new Map(),
    realising: new Set(),
  }
  // Nobody works here before what was left is settled.
  const turn = await state.turns.take(recoveryHolder(lives))
  // Where nothing was, a version that is on trial is waited for, not told of.
  if (isTurn(turn) && lives.every(({ over }) => over.set)) turn.clearingUp()
  await migrateKeys(agent)
  const own = await ownBundle(agent.places)
  const self = await agentFacts(agent, own)
  const report = createReport(agent, {
    agent: self,
    holder: state.turns.holder,
    nginx: nginx.facts,
    service: (name, options) =>
      reportService(agent, (service) => activatingOf(state, service), name, options),
    secrets: (keys, only) => reportSecrets(agent, keys, only),
    certificates: () => certificates.report(),
  })
  const nixFacts = createNixFacts(agent)
  const nixFeatures = async () => (await nixFacts(true)).nixFeatures
  const parts: Parts = {
    self,
    upgrades: () => upgradeState(agent, own),
    report,
    certificates,
    prepare: async (params) => ({ notes: await prepare(agent, params, { nginx, nixFeatures, own }) }),
    upgrade: (hash, bytes, who) => upgrade(agent, { hash, bytes }, { own, turns: state.turns, who }),
  }
  await listen(state, parts, createAudit(agent))
  await notifyReady(agent.run)
  const interval = watchdogInterval()
  // One sign of life that does not get through is no reason to end.
  if (interval !== undefined)
    setInterval(() => void heal(agent, 'the watchdog', () => notifyWatchdog(agent.run)), interval)
  await heal(agent, 'unfinished files', async () =>
    removeUnfinished(agent, [await unitDir(agent), await persistentUnitDir(agent)]),
  )
  await settleIn(agent, own)
  await heal(agent, 'units', () => installHostUnits(agent))
  await heal(agent, 'the list of what is ours', () => migrateOwned(agent))
  await heal(agent, 'who may read releases', () => makePrivate(agent))
  try {
    await recoverAll(state, lives)
    await deps.draining.resume()
  } finally {
    if (isTurn(turn)) turn.end()
  }
  // What a crash kept nginx from reading, and the timer that setup of an older version took away.
  if ((await readLink(agent.places.nginx)) !== undefined)
    await heal(agent, 'the routes', () => nginx.publish())
  await heal(agent, 'certificates', () => certificates.begin())
  await heal(agent, 'caches', () => mendCaches(agent))
  await heal(agent, 'the timer that looks for room', () => ensureTimer(agent, gcTimer(agent)))
  endWhenReplaced(agent, own, () => state.turns.holder() === null && state.arriving.size === 0)
}

/** What is wrong with one thing keeps the agent from no other. */
async function heal(agent: Agent, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    agent.log.error(
      `${what} could not be brought up to date: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** How releases and systems are activated here. */
export function partsOf(agent: Agent): { kinds: Kinds; deps: ServiceDeps; nginx: Nginx } {
  const nginx = createNginx(agent, () => currentParts(agent))
  const deps: ServiceDeps = {
    draining: createDraining(agent),
    nginxGroup: async () => (await nginx.facts()).group,
    routesRefusal: batched((candidates) => routeRefusals(agent, nginx, candidates)),
    publish: () => nginx.publish(),
    markUnread: () => nginx.markUnread(),
    endsTls: async (domain) =>
      (await readText(join(agent.places.nginx, 'servers', `${domainFolder(domain)}.conf`)))?.includes(
        'ssl_certificate ',
      ) ?? false,
  }
  // Each kind of item is only ever given records of its own.
  const kinds = { service: serviceItem(deps) as ItemKind, system: systemItem as ItemKind }
  return { kinds, deps, nginx }
}

export function aroundOf(agent: Agent, kinds: Kinds, begin: () => Promise<void>): Around {
  return {
    kinds,
    prepareEscalation: ({ dir, guard }) =>
      prepareEscalation(agent, dir, guard.settings, guard.connection.split(' ')[0] ?? ''),
    escalate: async (live) => {
      if (live.guard.settings.escalate === null || !live.events.some(wasUndone)) return
      await agent.files.remove(join(live.dir, SEEN))
      let seen = false
      const looking = setInterval(async () => {
        seen = (await readText(join(live.dir, SEEN)).catch(() => undefined)) !== undefined
      }, SEEN_MS)
      await escalate(agent, { guardDir: live.dir, settings: live.guard.settings, seen: () => seen })
      clearInterval(looking)
    },
    afterwards: () => {
      begin().catch((error: unknown) => agent.log.error(`certificates: ${String(error)}`))
    },
  }
}

/** How often it is looked for whether the deployer has been here again. */
const SEEN_MS = 200

function wasUndone({ step }: { step: string }): boolean {
  return step === 'reverted' || step === 'revert-failed'
}

function recoveryHolder(lives: readonly Live[]): Holder {
  const what = lives.some(({ over }) => !over.set) ? 'put back what a crash left unconfirmed' : 'begin'
  return { id: 'recover', who: "the host's agent", what, since: Math.floor(Date.now() / 1000) }
}

/** Ends what an agent that was killed, or a host that went off, left unfinished. */
async function recoverAll({ agent, around }: State, lives: readonly Live[]): Promise<void> {
  const boot = await bootId()
  for (const live of lives) {
    try {
      const ended = live.over.set
      await recover(agent, around.kinds, live)
      live.over.raise()
      if (!ended && live.guard.boot === boot) await around.escalate(live)
    } catch (error) {
      agent.log.error(`what ${live.id} left could not be put back: ${String(error)}`)
    }
  }
}

const UNDER_WAY: readonly (ItemState | undefined)[] = ['armed', 'active', 'reverting']

/** What an activation under way, or cut off, would make of a service; undefined: there is none. */
async function activatingOf({ lives }: State, service: string): Promise<ServiceRecord | undefined> {
  for (const { dir, guard, over } of lives.values()) {
    if (over.set || !guard.items.some(({ kind, name }) => kind === 'service' && name === service)) continue
    const item = itemDir(dir, service)
    if (!UNDER_WAY.includes(await itemState(item))) continue
    const record = await readRecord(item)
    if (record?.kind === 'service') return record as ServiceRecord
  }
  return undefined
}
