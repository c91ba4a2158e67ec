import { join } from 'node:path'
import { type LogEntry, logEntrySchema } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { requireService } from '../services/operate.js'
import { readEntries } from './entries.js'

/** Entries of a history that are told. */
const HISTORY_ENTRIES = 200
/** More than so many entries take. */
const HISTORY_BYTES = 512 * 1024

/** The newest entries of a service's history, the oldest first. */
export async function serviceHistory(agent: Agent, service: string): Promise<LogEntry[]> {
  await requireService(agent, service)
  const path = join(agent.places.service(service), 'log')
  return (await readEntries(path, logEntrySchema, HISTORY_BYTES)).slice(-HISTORY_ENTRIES)
}
