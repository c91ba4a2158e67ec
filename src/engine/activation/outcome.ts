import type { SystemMode } from '../../contract/activation.js'
import type { HostEvent } from '../../contract/events.js'

/** How the part of a service or a system in a deploy ended on one host. */
export interface Outcome {
  host: string
  kind: 'service' | 'system'
  name: string
  /** `unknown`: the host was lost before it told. */
  result: 'deployed' | 'unchanged' | 'failed' | 'unknown'
  /** The release, or generation, that was wanted; null where a system's has no number yet. */
  release: number | null
  /** The one that served before; null for none. */
  previous: number | null
  /** The one that serves now; null for none, or where nobody knows. */
  serving: number | null
  reason: string | null
  /** What serves that is none of slipway's: a first release was to take its place. */
  byHand?: string
  /** The last lines of what failed. */
  journal: string | null
  /** What else there is to know. */
  notes: string[]
  /** Why a failed one was not put back. */
  left?: string
  /** Of a system that does not simply become active: when it does, or how long it stays so. */
  mode?: SystemMode
}

/** What an outcome is about. */
export interface Subject {
  kind: Outcome['kind']
  name: string
  /** A service's release, a system's store path. */
  to: number | string
  /** The release, or generation, that it had before. */
  from: number | null
  mode?: SystemMode
}

/** What the host's events say of one item; `ended`: whether they are all there are. */
export function outcomeOf(
  host: string,
  item: Subject,
  events: readonly HostEvent[],
  ended: boolean,
): Outcome {
  const own = events.filter((event) => event.item === item.name)
  const detail = (step: HostEvent['step']) => own.findLast((event) => event.step === step)?.detail ?? null
  const said = (step: HostEvent['step']) => own.some((event) => event.step === step)
  const release = typeof item.to === 'number' ? item.to : numberOf(detail('active'))
  const base = {
    host,
    kind: item.kind,
    name: item.name,
    release,
    previous: item.from,
    journal: detail('journal'),
    notes: [
      ...(said('reboot-needed') ? ['its kernel comes into use with the next reboot'] : []),
      ...own.flatMap((event) => (event.step === 'note' && event.detail ? [event.detail] : [])),
    ],
    ...(item.mode !== undefined && item.mode !== 'switch' && { mode: item.mode }),
  }
  const reason = detail('refused') ?? detail('failed')
  const left = detail('left')
  if (left !== null) return { ...base, result: 'failed', serving: null, reason, left }
  if (said('revert-failed')) {
    const why = `${reason}; putting back the old one failed too: ${detail('revert-failed')}`
    return { ...base, result: 'failed', serving: null, reason: why }
  }
  if (said('reverted')) return { ...base, result: 'failed', ...servingAgain(detail('reverted')), reason }
  const untouched = said('serving') ? servingAgain(detail('serving')) : { serving: item.from }
  if (said('refused')) return { ...base, result: 'failed', ...untouched, reason }
  if (said('done') || (ended && said('confirmed')))
    return { ...base, result: 'deployed', serving: release, reason: null }
  if (ended)
    return {
      ...base,
      result: 'failed',
      serving: item.from,
      reason: reason ?? 'the host did not begin with it',
    }
  const sure = said('confirmed')
    ? 'the host had confirmed it'
    : 'unless it was confirmed, the host puts back what was there by itself'
  return {
    ...base,
    result: 'unknown',
    serving: null,
    reason: `the host was lost before it told how it ended; ${sure}`,
  }
}

/** What an event says that serves: a release or a generation by its number, or something of the host's own by name. */
function servingAgain(text: string | null): Pick<Outcome, 'serving' | 'byHand'> {
  return text === null || /^\d+$/.test(text) ? { serving: numberOf(text) } : { serving: null, byHand: text }
}

function numberOf(text: string | null): number | null {
  return text ? Number(text) : null
}
