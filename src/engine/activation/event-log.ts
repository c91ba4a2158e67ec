import type { HostEvent } from '../../contract/events.js'

/** How far a host has come with an activation. */
export type Phase =
  | 'begun'
  /** All instances have been started, and their health is looked at. */
  | 'proving'
  /** Nothing but the confirmation is missing. */
  | 'waiting'
  /** All was confirmed, and is not watched any more: the host only has to clear up. */
  | 'done'
  | 'ended'

/** What a host has told of an activation: each event once, in order, over however many logins. */
export interface EventLog {
  readonly events: readonly HostEvent[]
  /**
   * Takes the event with a number. One that is known already is passed over.
   * Gives false where one before it is missing: then all from there on has to be asked for again.
   */
  add(seq: number, event: HostEvent): boolean
  /** Whether the host has come as far as a phase. */
  has(phase: Phase): boolean
  /** Resolves to true once what was told fulfils a condition, or to false when the signal comes first. */
  until(fulfilled: () => boolean, signal: AbortSignal): Promise<boolean>
}

export interface EventLogOptions {
  /** How many items the activation has. */
  items: number
  /** Called for each new event. */
  onEvent(event: HostEvent): void
  /** What was told already. */
  known?: readonly HostEvent[]
}

export function createEventLog({ items, onEvent, known = [] }: EventLogOptions): EventLog {
  const events: HostEvent[] = [...known]
  const waiters = new Set<() => void>()
  return {
    events,
    add: (seq, event) => {
      if (seq > events.length) return false
      if (seq < events.length) return true
      events.push(event)
      onEvent(event)
      for (const look of waiters) look()
      return true
    },
    has: (phase) => ORDER[phaseOf(events, items)] >= ORDER[phase],
    until: (fulfilled, signal) =>
      new Promise((resolve) => {
        const end = (result: boolean) => {
          waiters.delete(look)
          signal.removeEventListener('abort', stop)
          resolve(result)
        }
        const look = () => {
          if (fulfilled()) end(true)
        }
        const stop = () => end(false)
        waiters.add(look)
        signal.addEventListener('abort', stop, { once: true })
        look()
        if (signal.aborted) stop()
      }),
  }
}

const ORDER: Record<Phase, number> = { begun: 0, proving: 1, waiting: 2, done: 3, ended: 4 }

/** The log only grows, so an activation never goes back to an earlier phase. */
function phaseOf(events: readonly HostEvent[], items: number): Phase {
  const count = (step: HostEvent['step']) => events.filter((event) => event.step === step).length
  if (count('ended') > 0) return 'ended'
  if (count('done') >= items && items > 0) return 'done'
  if (count('waiting') > 0) return 'waiting'
  return count('checking') >= items && items > 0 ? 'proving' : 'begun'
}
