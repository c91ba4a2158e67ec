import { join } from 'node:path'
import type { Item } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import type { Live } from '../guard/live.js'
import { requireOwner } from '../guard/owner.js'
import { itemDir } from '../guard/record.js'
import type { ItemKind, ItemRecord, ItemWork } from './item.js'

/** How each kind of item is activated and put back. */
export type Kinds = Record<Item['kind'], ItemKind>

const RECORD = 'record.json'

export async function writeRecord(agent: Agent, dir: string, record: ItemRecord): Promise<void> {
  await agent.files.write(join(dir, RECORD), `${JSON.stringify(record)}\n`)
}

/** undefined: nothing of it is on record, so nothing of it was begun. */
export async function readRecord(dir: string): Promise<ItemRecord | undefined> {
  const text = await readText(join(dir, RECORD))
  if (text === undefined) return undefined
  const record = JSON.parse(text) as ItemRecord
  if (record.version !== 1)
    throw new Error(`${dir} is of version ${record.version}, which this agent does not know`)
  return record
}

/** Never aborted: what is put back comes up whatever was asked. */
const NEVER = new AbortController().signal

/** An item of an activation, to be worked on; `undoing`: to be put back. */
export function workOn(
  agent: Agent,
  live: Live,
  record: ItemRecord,
  undoing: boolean,
  together: () => Promise<void> = async () => undefined,
): ItemWork {
  return {
    agent,
    activation: live.id,
    who: live.guard.who,
    guard: live.guard.settings,
    record,
    dir: itemDir(live.dir, record.name),
    signal: undoing ? NEVER : live.abort.signal,
    step: (name) => beginStep(agent, live, undoing ? `undo-${name}` : name),
    tell: (step, detail) => live.tell(record.name, step, detail),
    together,
  }
}

/** Begins a step of an activation, if it is still this process's. */
export async function beginStep(agent: Agent, live: Live, name: string): Promise<void> {
  await agent.step(name)
  await requireOwner(live.dir)
}
