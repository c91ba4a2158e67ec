import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import type { ItemState } from '../../contract/activation.js'
import { type EventStep, eventSchema, type HostEvent } from '../../contract/events.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { EVENTS, type GuardFile } from './record.js'

/** An activation as this process knows it: its record, what was told of it, and who listens. */
export interface Live {
  id: string
  dir: string
  guard: GuardFile
  events: readonly HostEvent[]
  /** Goes to the record, which outlives connections, processes and the host, and to whoever follows. */
  tell(item: string, step: EventStep, detail?: string | null): Promise<void>
  /** Calls back for each event from the given number on, those that have been told at once. */
  follow(from: number, listener: (seq: number, event: HostEvent) => void): () => void
  /** States that items have come to and that the disk did not take, by name. */
  unrecorded: Map<string, ItemState>
  /** Asks it to stop, for a reason. */
  abort: AbortController
  /** Resolves when nothing but the confirmation is missing, or all is over. */
  waiting: Signal
  /** Set when a new login has come that is to confirm. */
  reached: Signal
  /** Set whenever an item may have changed its state from outside of the activation. */
  changed: Signal
  /** Set when this process is done with it: what remains is a record. */
  over: Signal
}

/** Something that comes about once, or again after it was taken. */
export interface Signal {
  readonly set: boolean
  raise(): void
  lower(): void
  /** Resolves when it is set; `ms`: after that time at the latest. */
  wait(ms?: number): Promise<boolean>
}

export function createSignal(): Signal {
  let set = false
  const waiters = new Set<() => void>()
  return {
    get set() {
      return set
    },
    raise: () => {
      set = true
      for (const wake of waiters) wake()
    },
    lower: () => {
      set = false
    },
    wait: async (ms) => {
      if (set) return true
      let timer: NodeJS.Timeout | undefined
      let wake = () => undefined as undefined
      await new Promise<void>((resolve) => {
        wake = () => {
          resolve()
          return undefined
        }
        waiters.add(wake)
        if (ms !== undefined) timer = setTimeout(resolve, Math.max(0, ms))
      })
      clearTimeout(timer)
      waiters.delete(wake)
      return set
    },
  }
}

/** Brings an activation's record to life: also one of an agent that was killed. */
export async function enliven(agent: Agent, dir: string, guard: GuardFile): Promise<Live> {
  const events = parseEvents((await readText(join(dir, EVENTS))) ?? '')
  const listeners = new Set<(seq: number, event: HostEvent) => void>()
  const abort = new AbortController()
  // Each service of an activation waits for several things at a time.
  setMaxListeners(0, abort.signal)
  let writing: Promise<void> = Promise.resolve()
  let written = events.length
  return {
    id: guard.id,
    dir,
    guard,
    events,
    tell: (item, step, detail = null) => {
      const event = { item, step, detail }
      events.push(event)
      const seq = events.length - 1
      // In order, and each on record before anybody hears of it.
      writing = writing
        .catch(() => undefined)
        .then(async () => {
          // With those that the disk did not take before.
          const rest = events.slice(written, seq + 1)
          await agent.files.append(join(dir, EVENTS), rest.map((one) => `${JSON.stringify(one)}\n`).join(''))
          written = seq + 1
        })
        .catch((error: unknown) => {
          // A disk that is full must not keep a deployer from hearing how it ends.
          agent.log.error(`what ${guard.id} tells could not be put on record: ${String(error)}`)
        })
        .then(() => {
          for (const listener of listeners) listener(seq, event)
        })
      return writing
    },
    follow: (from, listener) => {
      events.slice(from).forEach((event, index) => {
        listener(from + index, event)
      })
      let next = Math.max(from, events.length)
      const later = (seq: number, event: HostEvent) => {
        if (seq < next) return
        next = seq + 1
        listener(seq, event)
      }
      listeners.add(later)
      return () => listeners.delete(later)
    },
    unrecorded: new Map(),
    abort,
    waiting: createSignal(),
    reached: createSignal(),
    changed: createSignal(),
    over: createSignal(),
  }
}

/** A last line that a power cut left unfinished is none. */
function parseEvents(text: string): HostEvent[] {
  const lines = text.split('\n')
  const whole = lines.slice(0, -1)
  return whole.flatMap((line) => {
    const parsed = eventSchema.safeParse(parseJson(line))
    return parsed.success ? [parsed.data] : []
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
