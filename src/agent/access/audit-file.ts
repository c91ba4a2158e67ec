import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuditEntry, auditEntrySchema } from '../../contract/audit.js'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { listFolder } from '../files.js'
import { appendEntry, readEntries } from '../journal/entries.js'

/**
 * audit/<service>:<name>      what a key did, the oldest first; no service for a key that was granted by name
 * audit/<service>:<name>.1    what came before that
 *
 * Each key has files of its own, apart from the journal: no chatter of a service, nor of another key, turns them over.
 * They outlive the key.
 */

/** What a file of a key may hold: what it can cause to be written in a week. Two of them are kept. */
const FILE_BYTES = 8 * 1024 * 1024
const BEFORE = '.1'
/** What is read of a file: more than the entries that are told take. */
const READ_BYTES = 4 * 1024 * 1024

const folderOf = ({ places }: Pick<Agent, 'places'>) => join(places.root, 'audit')
const fileOf = (agent: Pick<Agent, 'places'>, { service, name }: Key) =>
  join(folderOf(agent), `${service ?? ''}:${name}`)

export async function keepEntry(agent: Pick<Agent, 'files' | 'places'>, entry: AuditEntry): Promise<void> {
  const path = fileOf(agent, entry.key)
  if ((await sizeOf(path)) >= FILE_BYTES) await agent.files.move(path, `${path}${BEFORE}`)
  await agent.files.makeFolder(folderOf(agent), 0o700)
  await appendEntry(agent, path, entry)
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

/** The newest entries, the oldest of them first. `name`: of keys of that name alone. */
export async function readAudit(
  agent: Agent,
  { name, most }: { name: string | null; most: number },
): Promise<AuditEntry[]> {
  const files = (await listFolder(folderOf(agent))).filter(
    (file) => name === null || file.replace(BEFORE, '').endsWith(`:${name}`),
  )
  const all = await Promise.all(
    files.map((file) => readEntries(join(folderOf(agent), file), auditEntrySchema, READ_BYTES)),
  )
  return all
    .flat()
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .slice(-most)
}
