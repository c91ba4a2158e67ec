import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type * as z from 'zod/mini'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { readTail } from './tail.js'

/** A history: a file with a line of JSON for each thing that happened, the oldest first. */

/**
 * What a history tells. A last line without an end is one that a power cut has cut off, and is left out; any other
 * line that can't be read is a failure.
 * @param bytes Reads no more than these, from the end. Default: all of it.
 */
export async function readEntries<T>(path: string, schema: z.ZodMiniType<T>, bytes?: number): Promise<T[]> {
  const text = (await (bytes === undefined ? readText(path) : readTail(path, bytes))) ?? ''
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => entryOf(path, schema, line))
}

function entryOf<T>(path: string, schema: z.ZodMiniType<T>, line: string): T {
  const parsed = schema.safeParse(jsonOf(line))
  if (parsed.success) return parsed.data
  throw failed(`the history in ${path} can't be read`, {
    why: `this line of it is damaged: ${line.slice(0, SHOWN_CHARACTERS)}`,
    next: 'take that line out of the file; nothing but what people are told depends on it',
  })
}

/** Enough of a damaged line to find it by. */
const SHOWN_CHARACTERS = 120

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Adds to a history; it is on the disk when this ends. */
export async function appendEntry(agent: Pick<Agent, 'files'>, path: string, entry: object): Promise<void> {
  await agent.files.makeFolder(dirname(path))
  // What follows a line that was cut off would else become part of it.
  if (!(await endsWhole(path))) {
    const text = (await readText(path)) ?? ''
    await agent.files.write(path, text.slice(0, text.lastIndexOf('\n') + 1))
  }
  await agent.files.append(path, `${JSON.stringify(entry)}\n`, { durable: true })
}

async function endsWhole(path: string): Promise<boolean> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return true
  try {
    const { size } = await handle.stat()
    if (size === 0) return true
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    return buffer[0] === LINE_BREAK
  } finally {
    await handle.close()
  }
}

const LINE_BREAK = 0x0a
