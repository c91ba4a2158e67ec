import { join } from 'node:path'
import type { ItemState } from '../../contract/activation.js'
import type { HistoryResult } from '../../contract/verbs.js'
import type { ItemWork } from '../activation/item.js'
import { beginStep, type Kinds, readRecord, workOn } from '../activation/kinds.js'
import { problemOf, textOf } from '../activation/problem.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import type { Live } from './live.js'
import { itemDir, itemState, moveItem } from './record.js'

/** There once an item is confirmed and all that follows has been done. */
export const FINISHED = 'finished'

/** Items that are being put back: two that try at once do it one after the other. */
const undoing = new Map<string, Promise<void>>()

/** Puts an item back, whichever state it is in before the end. Safe to repeat. */
export function undoItem(
  agent: Agent,
  kinds: Kinds,
  live: Live,
  name: string,
  reason: string,
): Promise<void> {
  const dir = itemDir(live.dir, name)
  const before = undoing.get(dir) ?? Promise.resolve()
  const work = before.catch(() => undefined).then(() => undoNow(agent, kinds, live, name, reason))
  undoing.set(dir, work)
  const clear = () => {
    if (undoing.get(dir) === work) undoing.delete(dir)
  }
  work.then(clear, clear)
  return work
}

async function undoNow(agent: Agent, kinds: Kinds, live: Live, name: string, reason: string): Promise<void> {
  const dir = itemDir(live.dir, name)
  const state = await itemState(dir)
  if (state === 'prepared') {
    if (await recordState(agent, live, name, 'prepared', 'reverted')) await live.tell(name, 'refused', reason)
    return
  }
  if (state !== 'armed' && state !== 'active' && state !== 'confirmed' && state !== 'reverting') return
  const record = await readRecord(dir)
  if (record === undefined) throw new Error(`nothing is on record of ${name}`)
  const kind = kinds[record.kind]
  const work = workOn(agent, live, record, true)
  const finished = await exists(join(dir, FINISHED))
  if (!(await kind.holds(agent, record))) {
    if (!finished) await moveItem(agent, dir, state, 'reverted')
    await live.tell(name, 'failed', reason)
    await live.tell(name, 'left', 'somebody else has changed it since')
    return
  }
  if (!record.revert && state === 'armed') {
    await leaveFailed(agent, kinds, live, work, reason)
    return
  }
  if (state !== 'reverting') {
    if (!(await recordState(agent, live, name, state, 'reverting'))) return
    await live.tell(name, 'failed', reason)
    if (state !== 'active' && !finished) await tellJournal(kinds, work)
  }
  await beginStep(agent, live, 'undo-reverting')
  const problem = await problemOf(() => kind.undo(work))
  await beginStep(agent, live, 'undo-reverted')
  await end(agent, kinds, live, work, problem)
}

/**
 * Moves an item on. A disk that does not take that keeps nothing from being put back: it is tried again at the end, and
 * by the next start of the agent.
 */
async function recordState(
  agent: Agent,
  live: Live,
  name: string,
  from: ItemState,
  to: ItemState,
): Promise<boolean> {
  try {
    const moved = await moveItem(agent, itemDir(live.dir, name), from, to)
    live.unrecorded.delete(name)
    return moved
  } catch (error) {
    agent.log.error(`that ${name} is ${to} could not be put on record: ${textOf(error)}`)
    live.unrecorded.set(name, to)
    return true
  }
}

/** Tries once more to put on record what the disk did not take. Resolves to whether all is on record. */
export async function recordRest(agent: Agent, live: Live): Promise<boolean> {
  for (const [name, to] of live.unrecorded) {
    const from = await itemState(itemDir(live.dir, name))
    if (from === undefined || from === to) live.unrecorded.delete(name)
    else await recordState(agent, live, name, from, to)
  }
  return live.unrecorded.size === 0
}

/** Status decides: what the text says of it only explains. */
async function end(
  agent: Agent,
  kinds: Kinds,
  live: Live,
  work: ItemWork,
  problem: string | undefined,
): Promise<void> {
  const { record, dir } = work
  const state: ItemState = problem === undefined ? 'reverted' : 'revert-failed'
  await recordState(agent, live, record.name, (await itemState(dir)) ?? 'reverting', state)
  await log(agent, kinds, work, problem === undefined ? 'failed' : 'revert-failed')
  if (problem === undefined) await live.tell(record.name, 'reverted', record.from)
  else await live.tell(record.name, 'revert-failed', problem)
}

/** Its config wants a failed activation to stay. */
async function leaveFailed(
  agent: Agent,
  kinds: Kinds,
  live: Live,
  work: ItemWork,
  reason: string,
): Promise<void> {
  if (!(await moveItem(agent, work.dir, 'armed', 'revert-failed'))) return
  await log(agent, kinds, work, 'failed')
  await live.tell(work.record.name, 'failed', reason)
  await tellJournal(kinds, work)
  await live.tell(work.record.name, 'left', 'its config wants that')
}

/** What the program said before it is put back; that it can't be had keeps nothing from being put back. */
async function tellJournal(kinds: Kinds, work: ItemWork): Promise<void> {
  const text = await kinds[work.record.kind].explain(work).catch((error: unknown) => {
    work.agent.log.warning(`what ${work.record.name} printed could not be read: ${String(error)}`)
    return ''
  })
  if (text !== '') await work.tell('journal', text)
}

/** The history is for people: that it can't be written undoes nothing. */
export async function log(agent: Agent, kinds: Kinds, work: ItemWork, result: HistoryResult): Promise<void> {
  await kinds[work.record.kind].log(work, result).catch((error: unknown) => {
    agent.log.error(`the history of ${work.record.name} could not be written: ${String(error)}`)
  })
}
