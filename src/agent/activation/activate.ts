import type { Item } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import type { Live } from '../guard/live.js'
import { NotOwner } from '../guard/owner.js'
import { itemDir, itemState, moveItem, setFirstState } from '../guard/record.js'
import { endGuard, finishItem, retireItems, settle } from '../guard/settle.js'
import { disarmTimer } from '../guard/timer.js'
import { log, undoItem } from '../guard/undo.js'
import { allEnded } from './all-ended.js'
import { beginStep, type Kinds, readRecord, workOn, writeRecord } from './kinds.js'
import { createMeeting, type Meeting } from './meeting.js'
import { problemOf, textOf } from './problem.js'

/** Why an activation is put back that takes too long. */
export const LATE = 'it was neither finished nor confirmed in time'

/** What an activation does beside its items. */
export interface Around {
  kinds: Kinds
  /** Before anything changes: who can be reached now must be so afterwards. */
  prepareEscalation(live: Live): Promise<void>
  /** Where what was put back does not bring the network back. */
  escalate(live: Live): Promise<void>
  /** What the releases that are now current need, without anybody waiting for it. */
  afterwards(live: Live): void
}

/** What an activation waits for, and who waits for it. */
interface Surroundings {
  /** Ends when Nix keeps the packages of what is to start. */
  rooted: Promise<void>
  onDecided(): void
}

/** The activation itself: systems one after the other, then services side by side, until all is decided. */
export async function runActivation(
  agent: Agent,
  around: Around,
  live: Live,
  { rooted, onDecided }: Surroundings,
): Promise<void> {
  const { kinds } = around
  const { activateMs, confirmMs, holdMs } = live.guard.settings
  const late = setTimeout(() => live.abort.abort(LATE), activateMs + confirmMs + holdMs)
  try {
    await prepare(agent, around, live)
    await rooted
    for (const item of live.guard.items) {
      if (item.kind === 'system') await activateItem(agent, kinds, live, item, createMeeting(1).join())
    }
    const services = live.guard.items.filter(({ kind }) => kind === 'service')
    const meeting = createMeeting(services.length)
    await allEnded(
      services.map(async (item) => {
        const place = meeting.join()
        await activateItem(agent, kinds, live, item, place).finally(place.leave)
      }),
    )
    if (live.guard.settings.policy === 'all' && (await anyIn(live, ['reverted', 'revert-failed']))) {
      await undoActive(
        agent,
        kinds,
        live,
        'another part of this deploy failed, and it was to be all or nothing',
      )
    }
    await awaitConfirmation(agent, kinds, live)
    clearTimeout(late)
    // Nothing waits for it: until then it would find an agent at work.
    const disarmed = disarmTimer(agent, live.id)
    await allEnded(live.guard.items.map(({ name }) => finishConfirmed(agent, kinds, live, name)))
    await disarmed
    await endGuard(agent, live)
    onDecided()
    if (live.guard.settings.policy === 'each') await retireItems(agent, kinds, live)
  } catch (error) {
    if (error instanceof NotOwner) {
      agent.log.warning(`${live.id}: ${error.message}`)
      return
    }
    agent.log.error(`${live.id}: ${String(error instanceof Error ? error.stack : error)}`)
    await settle(agent, kinds, live, textOf(error))
    onDecided()
  } finally {
    clearTimeout(late)
  }
  await around.escalate(live)
  around.afterwards(live)
}

/** Puts on record what would change and what would be put back, then arms the guard. */
async function prepare(agent: Agent, around: Around, live: Live): Promise<void> {
  await allEnded(
    live.guard.items.map(async (item) => {
      const dir = itemDir(live.dir, item.name)
      await agent.files.makeFolder(dir)
      await writeRecord(agent, dir, await around.kinds[item.kind].prepare(agent, item, dir))
      await setFirstState(agent, dir, 'prepared')
    }),
  )
  await beginStep(agent, live, 'prepared')
  await around.prepareEscalation(live)
  await allEnded(
    live.guard.items.map(async ({ name }) => {
      await moveItem(agent, itemDir(live.dir, name), 'prepared', 'armed')
    }),
  )
  await beginStep(agent, live, 'armed')
}

async function activateItem(
  agent: Agent,
  kinds: Kinds,
  live: Live,
  { kind, name }: Item,
  place: Meeting,
): Promise<void> {
  const dir = itemDir(live.dir, name)
  const record = await readRecord(dir)
  if (record === undefined) throw new Error(`nothing is on record of ${name}`)
  const work = workOn(agent, live, record, false, place.come)
  const refusal = await kinds[kind].refusal(work)
  if (refusal !== undefined) {
    // Nothing has been changed for this item, and nothing will be.
    if (!(await moveItem(agent, dir, 'armed', 'reverted'))) return
    await log(agent, kinds, work, 'refused')
    await live.tell(name, 'serving', record.from)
    await live.tell(name, 'refused', refusal)
    return
  }
  await live.tell(name, 'starting', record.to)
  const problem = (await problemOf(() => kinds[kind].activate(work))) ?? abortReason(live)
  // Whoever waits for this one need not wait until it has been put back.
  place.leave()
  if (problem === undefined && (await moveItem(agent, dir, 'armed', 'active'))) {
    await work.step('active')
    await live.tell(name, 'active', await kinds[kind].became(work))
    return
  }
  await undoItem(agent, kinds, live, name, problem ?? LATE)
}

function abortReason(live: Live): string | undefined {
  return live.abort.signal.aborted ? String(live.abort.signal.reason) : undefined
}

/** Waits until each item that is active was confirmed, or is put back. */
async function awaitConfirmation(agent: Agent, kinds: Kinds, live: Live): Promise<void> {
  for (const { name } of live.guard.items) {
    const dir = itemDir(live.dir, name)
    const record = await readRecord(dir)
    if (record?.confirm === false && (await moveItem(agent, dir, 'active', 'confirmed'))) {
      await live.tell(name, 'unguarded')
    }
  }
  if (!(await anyIn(live, ['active']))) return
  await beginStep(agent, live, 'waiting')
  const { confirmMs, holdMs } = live.guard.settings
  await live.tell('', 'waiting', String(Math.ceil(confirmMs / 1000)))
  const until = performance.now() + confirmMs
  live.waiting.raise()
  const onAbort = () => live.changed.raise()
  live.abort.signal.addEventListener('abort', onAbort)
  let patience = confirmMs
  while (await anyIn(live, ['active'])) {
    live.changed.lower()
    const reason = abortReason(live)
    const left = until + patience - confirmMs - performance.now()
    if (reason !== undefined) await undoActive(agent, kinds, live, reason)
    else if (left > 0) await live.changed.wait(left)
    else if (patience === confirmMs && holdMs > 0 && live.reached.set) patience += holdMs
    else {
      const seconds = Math.ceil(patience / 1000)
      await undoActive(agent, kinds, live, `nobody confirmed it over a new login within ${seconds} s`)
    }
  }
  live.abort.signal.removeEventListener('abort', onAbort)
  await beginStep(agent, live, 'confirmed')
}

async function undoActive(agent: Agent, kinds: Kinds, live: Live, reason: string): Promise<void> {
  await allEnded(
    live.guard.items.map(async ({ name }) => {
      if ((await itemState(itemDir(live.dir, name))) !== 'active') return
      await undoItem(agent, kinds, live, name, reason)
    }),
  )
}

async function finishConfirmed(agent: Agent, kinds: Kinds, live: Live, name: string): Promise<void> {
  const dir = itemDir(live.dir, name)
  if ((await itemState(dir)) !== 'confirmed') return
  const record = await readRecord(dir)
  if (record === undefined) throw new Error(`nothing is on record of ${name}`)
  const work = workOn(agent, live, record, false)
  const problem = await problemOf(() => kinds[record.kind].watch(work))
  if (problem === undefined) await finishItem(agent, kinds, live, name)
  else await undoItem(agent, kinds, live, name, problem)
}

/** Whether any item is in one of these states. */
export async function anyIn(live: Live, states: readonly string[]): Promise<boolean> {
  for (const { name } of live.guard.items) {
    const state = await itemState(itemDir(live.dir, name))
    if (state !== undefined && states.includes(state)) return true
  }
  return false
}
