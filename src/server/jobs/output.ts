import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import * as z from 'zod/mini'
import { eventSchema } from '../../contract/events.js'
import type { LastWords } from './end.js'

/** The parts of `slipway deploy --json`, and of `rollback --json`, that are looked at. */
const resultSchema = z.object({
  outcomes: z.array(
    z.object({
      name: z.string(),
      host: z.string(),
      result: z.enum(['deployed', 'unchanged', 'failed', 'unknown']),
      release: z.nullable(z.number()),
      serving: z.nullable(z.number()),
      reason: z.nullable(z.string()),
    }),
  ),
  failures: z.array(z.object({ host: z.string(), error: z.string() })),
})
export type DeployResult = z.infer<typeof resultSchema>

/** The lines of `--json-stream` that tell how far a deploy is, and how it ended. */
const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['check', 'build', 'built', 'planned', 'stopping']) }),
  z.object({ type: z.literal('host'), host: z.string(), event: eventSchema }),
  z.object({ type: z.literal('result'), result: resultSchema }),
  z.object({ type: z.literal('error'), what: z.string(), why: z.optional(z.string()) }),
])
export type Line = z.infer<typeof lineSchema>

/** So much is read at once. */
const PIECE_BYTES = 1024 * 1024
/** A longer line is none of ours. */
const LONGEST_LINE_BYTES = 8 * 1024 * 1024
/** A deploy that says more is ended: a config can print for ever. */
export const MOST_OUTPUT_BYTES = 64 * 1024 * 1024

/** What a file has from a place on, in whole lines. */
export interface Piece {
  lines: Line[]
  /** Where to go on. */
  read: number
  /** The file's length. */
  size: number
}

/** Reads on in what a deploy writes. A config that is evaluated can print, too: what is no line of ours is passed over. */
export function readOn(file: string, from: number, whole: boolean): Piece {
  let opened: number
  try {
    opened = openSync(file, 'r')
  } catch {
    return { lines: [], read: from, size: 0 }
  }
  try {
    const { size } = fstatSync(opened)
    const buffer = Buffer.alloc(Math.min(Math.max(size - from, 0), PIECE_BYTES))
    let bytes = readSync(opened, buffer, 0, buffer.length, from)
    let text = buffer.subarray(0, bytes)
    let last = text.lastIndexOf(0x0a)
    if (last === -1 && bytes === PIECE_BYTES) {
      // A line that is longer than a piece: a plan of many services.
      const long = Buffer.alloc(Math.min(size - from, LONGEST_LINE_BYTES))
      bytes = readSync(opened, long, 0, long.length, from)
      text = long.subarray(0, bytes)
      last = text.lastIndexOf(0x0a)
      if (last === -1 && bytes === LONGEST_LINE_BYTES) return { lines: [], read: from + bytes, size }
    }
    // Of a process that has ended the last line may have no end.
    const until = last === -1 ? (whole ? bytes : 0) : last + 1
    const lines = text
      .subarray(0, until)
      .toString()
      .split('\n')
      .flatMap((line) => lineOf(line))
    return { lines, read: from + until, size }
  } finally {
    closeSync(opened)
  }
}

function lineOf(text: string): Line[] {
  if (!text.startsWith('{')) return []
  try {
    const { success, data } = lineSchema.safeParse(JSON.parse(text))
    return success ? [data] : []
  } catch {
    return []
  }
}

/** What a process said last, of all that it wrote. */
export function lastWords(file: string): LastWords {
  const words: LastWords = {}
  let read = 0
  for (;;) {
    const piece = readOn(file, read, true)
    for (const line of piece.lines) {
      if (line.type === 'result') words.result = line.result
      if (line.type === 'error') words.error = { what: line.what, why: line.why }
    }
    if (piece.read === read || piece.read >= piece.size) return words
    read = piece.read
  }
}

/** So much of a line is told. */
const LONGEST_COMPLAINT = 500

/** The last line of a file that says something; undefined where there is none. */
export function lastLine(file: string): string | undefined {
  let opened: number
  try {
    opened = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    const buffer = Buffer.alloc(PIECE_BYTES)
    const { size } = fstatSync(opened)
    const bytes = readSync(opened, buffer, 0, PIECE_BYTES, Math.max(0, size - PIECE_BYTES))
    const lines = buffer.subarray(0, bytes).toString().split('\n')
    return lines.findLast((line) => line.trim() !== '')?.slice(0, LONGEST_COMPLAINT)
  } finally {
    closeSync(opened)
  }
}
