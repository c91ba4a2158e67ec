import type { AuditEntry } from '../../contract/audit.js'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { keepEntry } from './audit-file.js'
import { keyText } from './rights.js'

/**
 * What a key asked for, and what it was refused: on file on the host (`slipway audit`), and as lines of its journal
 * (`journalctl -t slipway _UID=0`), which may be sent elsewhere.
 */
export interface Audit {
  asked(key: Key, from: string, text: string): void
  refused(key: Key, from: string, text: string): void
  /** What somebody with full access has done about a key. */
  about(key: Key, from: string, text: string): void
  /** Ends when all lines are written. */
  settled(): Promise<void>
}

/** Lines of a kind that a key may have at once: those of some deploys. */
const BURST = 60
/** A line more for each so many milliseconds: those of a hundred deploys a day. */
const REFILL_MS = 60_000
/** How long what was left out is counted before a line tells of it. */
const SUMMARY_MS = 60_000
/** The longest text that is written down, in characters. */
const TEXT_LENGTH = 256

interface Bucket {
  tokens: number
  filledAt: number
  leftOut: number
  summary: NodeJS.Timeout | undefined
}

/** A key can't push lines out, its own neither: what is more than its share is counted. */
export function createAudit(agent: Pick<Agent, 'run' | 'log' | 'files' | 'places'>, now = Date.now): Audit {
  const buckets = new Map<string, Bucket>()
  let writing: Promise<void> = Promise.resolve()

  const write = (entry: Omit<AuditEntry, 'at'>) => {
    const whole = {
      ...entry,
      at: new Date(now()).toISOString(),
      from: printable(entry.from),
      text: printable(entry.text),
    }
    writing = writing.then(async () => {
      const level = entry.kind === 'refused' ? 'warning' : 'info'
      const line = auditLine(whole)
      const kept = keepEntry(agent, whole).catch((error: unknown) =>
        agent.log.error(`audit: ${String(error)}`),
      )
      const ended = await agent.run(['logger', '-t', 'slipway', '-p', `auth.${level}`, '--', line])
      // The agent's own log is of another facility, but nothing is lost.
      if (ended.code !== 0) agent.log[level](line)
      await kept
    })
  }

  const tell = (kind: 'asked' | 'refused', key: Key, from: string, text: string) => {
    const id = `${kind} ${keyText(key)}`
    const bucket = buckets.get(id) ?? { tokens: BURST, filledAt: now(), leftOut: 0, summary: undefined }
    buckets.set(id, bucket)
    const gained = Math.floor((now() - bucket.filledAt) / REFILL_MS)
    bucket.tokens = Math.min(BURST, bucket.tokens + gained)
    bucket.filledAt += gained * REFILL_MS
    if (bucket.tokens > 0) {
      bucket.tokens -= 1
      write({ key, from, kind, text })
      return
    }
    bucket.leftOut += 1
    bucket.summary ??= setTimeout(() => {
      write({ key, from: '', kind, text: `${bucket.leftOut} more, which are not written down` })
      bucket.leftOut = 0
      bucket.summary = undefined
    }, SUMMARY_MS).unref()
  }

  return {
    asked: (key, from, text) => tell('asked', key, from, text),
    refused: (key, from, text) => tell('refused', key, from, text),
    about: (key, from, text) => write({ key, from, kind: 'key', text }),
    settled: () => writing,
  }
}

/** An entry as a line of the journal. */
function auditLine({ key, from, kind, text }: AuditEntry): string {
  const who = `${keyText(key)}${from === '' ? '' : ` from ${from}`}`
  return `${who}: ${kind === 'refused' ? 'refused: ' : ''}${text}`
}

/** One line of what was sent by somebody else. */
function printable(text: string): string {
  return text.slice(0, TEXT_LENGTH).replace(/[^ -~]/g, '?')
}
