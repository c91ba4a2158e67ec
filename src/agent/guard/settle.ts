import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { allEnded } from '../activation/all-ended.js'
import { beginStep, type Kinds, readRecord, workOn } from '../activation/kinds.js'
import { textOf } from '../activation/problem.js'
import type { Agent } from '../agent.js'
import { exists, listFolder } from '../files.js'
import { bootId } from './boot.js'
import { enliven, type Live } from './live.js'
import { NotOwner, own } from './owner.js'
import { ENDED, hasEnded, ITEMS, itemDir, itemState, readGuard } from './record.js'
import { disarmTimer } from './timer.js'
import { FINISHED, log, recordRest, undoItem } from './undo.js'

/** What a deployer that was cut off may still ask about, in milliseconds. */
export const KEEP_ENDED_MS = 60 * 60_000

/** What follows a confirmation, or follows it again after a crash. */
export async function finishItem(agent: Agent, kinds: Kinds, live: Live, name: string): Promise<void> {
  const dir = itemDir(live.dir, name)
  const record = await readRecord(dir)
  if (record === undefined || (await exists(join(dir, FINISHED)))) return
  const work = workOn(agent, live, record, false)
  await work.step('finish')
  await kinds[record.kind].finish(work)
  await log(agent, kinds, work, 'good')
  // In this order a crash in between tells it twice rather than never.
  await live.tell(name, 'done', record.to)
  await agent.files.touch(join(dir, FINISHED))
}

/** Nothing is left to decide: no timer. The record stays until the deployer has it. */
export async function endGuard(agent: Agent, live: Live): Promise<void> {
  await beginStep(agent, live, 'end')
  if (!(await hasEnded(live.dir))) {
    try {
      // Else the next start of the agent does again what is not on record.
      if (await recordRest(agent, live)) await agent.files.touch(join(live.dir, ENDED))
    } catch (error) {
      agent.log.error(`that ${live.id} has ended could not be put on record: ${textOf(error)}`)
    }
    await live.tell('', 'ended')
  }
  live.waiting.raise()
  await disarmTimer(agent, live.id)
}

/** Lets go of what was there before an activation: it is not put back any more. */
export async function retireItems(agent: Agent, kinds: Kinds, live: Live): Promise<void> {
  const names = await listFolder(join(live.dir, ITEMS))
  await allEnded(
    names.map(async (name) => {
      const dir = itemDir(live.dir, name)
      if ((await itemState(dir)) !== 'confirmed') return
      const record = await readRecord(dir)
      if (record) await kinds[record.kind].retire(workOn(agent, live, record, false))
    }),
  )
}

/** Takes back whatever is not confirmed, finishes what is, and ends the guard. Safe to repeat. */
export async function settle(agent: Agent, kinds: Kinds, live: Live, reason: string): Promise<void> {
  for (const name of await listFolder(join(live.dir, ITEMS))) {
    try {
      await settleItem(agent, kinds, live, name, reason)
    } catch (error) {
      if (error instanceof NotOwner) throw error
      // What is wrong with one keeps no other from being put back.
      await live.tell(name, 'revert-failed', textOf(error))
    }
  }
  await endGuard(agent, live)
}

async function settleItem(
  agent: Agent,
  kinds: Kinds,
  live: Live,
  name: string,
  reason: string,
): Promise<void> {
  const state = await itemState(itemDir(live.dir, name))
  if (state === 'confirmed') await finishItem(agent, kinds, live, name)
  // Killed before anything of it was on record, nothing of it was begun.
  else if (state !== undefined && state !== 'reverted' && state !== 'revert-failed') {
    await undoItem(agent, kinds, live, name, reason)
  }
}

/** The record goes: the deployer has had all of it, or nobody asks any more. */
export async function forget(agent: Agent, kinds: Kinds, live: Live): Promise<void> {
  await retireItems(agent, kinds, live)
  const old = join(agent.places.guards, `.old-${live.id}`)
  await agent.files.move(live.dir, old)
  await agent.files.remove(old)
}

/** The activations that are on record, alive; what nobody asks about any more is cleared. */
export async function loadActivations(agent: Agent): Promise<Live[]> {
  const lives: Live[] = []
  for (const name of await listFolder(agent.places.guards)) {
    const dir = agent.places.guard(name)
    if (name.startsWith('.old-')) await agent.files.remove(dir)
    const guard = name.startsWith('.') ? undefined : await readGuard(dir).catch(told(agent, name))
    if (guard === undefined) continue
    const live = await enliven(agent, dir, guard)
    if (await hasEnded(dir)) {
      live.waiting.raise()
      live.over.raise()
    }
    lives.push(live)
  }
  return lives
}

/** What a newer agent has written, or nobody can read, is left as it is. */
function told(agent: Agent, name: string): (error: unknown) => undefined {
  return (error) => {
    agent.log.error(`activation ${name} can not be read, and is left as it is: ${String(error)}`)
    return undefined
  }
}

/** Ends what an agent that was killed, or a host that went off, left unfinished. */
export async function recover(agent: Agent, kinds: Kinds, live: Live): Promise<void> {
  const { dir, guard } = live
  // What has ended may have something left to let go of.
  await own(agent, dir)
  if (await hasEnded(dir)) {
    if (Date.now() - (await stat(join(dir, ENDED))).mtimeMs > KEEP_ENDED_MS) await forget(agent, kinds, live)
    else if (guard.settings.policy === 'each') await retireItems(agent, kinds, live)
    return
  }
  await live.tell('', 'recovering')
  const killed = guard.boot === (await bootId())
  const reason = killed
    ? 'its activation was killed on the host'
    : 'it was cut off, and nobody had confirmed it'
  await settle(agent, kinds, live, reason)
  if (guard.settings.policy === 'each') await retireItems(agent, kinds, live)
}
