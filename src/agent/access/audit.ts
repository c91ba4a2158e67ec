import type { Agent } from '../agent.js'
import type { KeySession } from './rights.js'

/** What a key asked for, and what it was refused, as lines of the host's journal: `journalctl -t slipway`. */
export interface Audit {
  asked(key: KeySession, from: string, text: string): void
  refused(key: KeySession, from: string, text: string): void
  /** Ends when all lines are written. */
  settled(): Promise<void>
}

/** Lines of a kind that a key may have at once: those of some deploys. */
const BURST = 60
/** A line more for each so many milliseconds: at most half a megabyte a day. */
const REFILL_MS = 30_000
/** How long what was left out is counted before a line tells of it. */
const SUMMARY_MS = 60_000
/** The longest text that is written down, in characters. */
const TEXT_LENGTH = 300

interface Bucket {
  tokens: number
  filledAt: number
  leftOut: number
  summary: NodeJS.Timeout | undefined
}

/** A key can't push other lines out of the journal: what is more than its share is counted. */
export function createAudit(agent: Pick<Agent, 'run' | 'log'>, now: () => number = Date.now): Audit {
  const buckets = new Map<string, Bucket>()
  let writing: Promise<void> = Promise.resolve()

  const write = (level: 'info' | 'warning', line: string) => {
    writing = writing.then(async () => {
      const ended = await agent.run(['logger', '-t', 'slipway', '-p', `auth.${level}`, '--', line])
      // The agent's own log is of another facility, but nothing is lost.
      if (ended.code !== 0) agent.log[level](line)
    })
  }

  const tell = (level: 'info' | 'warning', key: KeySession, from: string, text: string) => {
    const who = `key ${key.name} of ${key.service}`
    const id = `${level} ${who}`
    const bucket = buckets.get(id) ?? { tokens: BURST, filledAt: now(), leftOut: 0, summary: undefined }
    buckets.set(id, bucket)
    const gained = Math.floor((now() - bucket.filledAt) / REFILL_MS)
    bucket.tokens = Math.min(BURST, bucket.tokens + gained)
    bucket.filledAt += gained * REFILL_MS
    if (bucket.tokens > 0) {
      bucket.tokens -= 1
      write(level, `${who} from ${printable(from)}: ${printable(text)}`)
      return
    }
    bucket.leftOut += 1
    bucket.summary ??= setTimeout(() => {
      const what = level === 'info' ? 'requests' : 'refusals'
      write(level, `${who}: ${bucket.leftOut} more ${what} are not written down`)
      bucket.leftOut = 0
      bucket.summary = undefined
    }, SUMMARY_MS).unref()
  }

  return {
    asked: (key, from, text) => tell('info', key, from, text),
    refused: (key, from, text) => tell('warning', key, from, `refused: ${text}`),
    settled: () => writing,
  }
}

/** One line of what was sent by somebody else. */
function printable(text: string): string {
  return text.slice(0, TEXT_LENGTH).replace(/[^ -~]/g, '?')
}
