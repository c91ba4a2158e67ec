import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { listFolder, readText } from '../files.js'
import type { KeySession } from './rights.js'

const RECORD_VERSION = 1

const recordSchema = z.strictObject({
  version: z.literal(RECORD_VERSION),
  /** `TYPE BASE64`. */
  key: z.string(),
  routes: z.array(z.strictObject({ domain: z.string(), path: z.string() })),
  /** A public key of Nix that older versions had Nix trust; null for none. Nobody trusts it any more. */
  signing: z._default(z.nullable(z.string()), null),
  /** Seconds since 1970. */
  added: z.int(),
})

/** What is on record of a key: access/keys/<service>/<name>.json. */
export type KeyRecord = z.infer<typeof recordSchema>

export interface StoredKey extends KeySession {
  record: KeyRecord
}

/** What may be the name of a key, or of its service: a part of a path, and a word of a command line. */
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const JSON_NAME = /^([a-z0-9][a-z0-9-]{0,62})\.json$/

export function isKeyName(text: string): boolean {
  return NAME.test(text)
}

const keysFolder = (agent: Agent) => join(agent.places.access, 'keys')
const recordFile = (agent: Agent, { service, name }: KeySession) =>
  join(keysFolder(agent), service, `${name}.json`)
/** Where the shell program of 0.1 had it. */
const oldFile = (agent: Agent, { service, name }: KeySession) => join(keysFolder(agent), service, name)

/** undefined where there is no such key. Throws for a record that can't be understood. */
export async function readKey(agent: Agent, key: KeySession): Promise<KeyRecord | undefined> {
  if (!isKeyName(key.service) || !isKeyName(key.name)) return undefined
  const path = recordFile(agent, key)
  const text = await readText(path)
  return text === undefined ? readOldKey(agent, key) : parseRecord(path, text)
}

/** All keys, in order. */
export async function readKeys(agent: Agent): Promise<StoredKey[]> {
  const found: StoredKey[] = []
  for (const service of (await listFolder(keysFolder(agent))).filter(isKeyName)) {
    // What a write that was cut off has left has a name of another form.
    const entries = await listFolder(join(keysFolder(agent), service))
    const names = entries.flatMap((entry) => JSON_NAME.exec(entry)?.[1] ?? (NAME.test(entry) ? entry : []))
    for (const name of [...new Set(names)].sort()) {
      const record = await readKey(agent, { service, name })
      if (record !== undefined) found.push({ service, name, record })
    }
  }
  return found
}

/** Also takes the place of a record of 0.1. */
export async function writeKey(agent: Agent, key: KeySession, record: KeyRecord): Promise<void> {
  await agent.files.makeFolder(join(keysFolder(agent), key.service))
  await agent.files.write(recordFile(agent, key), `${JSON.stringify(record)}\n`)
  await agent.files.remove(oldFile(agent, key))
}

export async function deleteKey(agent: Agent, key: KeySession): Promise<void> {
  await agent.files.remove(recordFile(agent, key))
  await agent.files.remove(oldFile(agent, key))
  const folder = join(keysFolder(agent), key.service)
  if ((await listFolder(folder)).length === 0) await agent.files.remove(folder)
}

/** Brings the records of 0.1 into the form of today. */
export async function migrateKeys(agent: Agent): Promise<void> {
  for (const { record, ...key } of await readKeys(agent)) {
    if ((await readText(oldFile(agent, key))) === undefined) continue
    await writeKey(agent, key, record)
  }
}

function parseRecord(path: string, text: string): KeyRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw failed(`${path} is no JSON`, { next: 'Add the key again, once that file is out of the way.' })
  }
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
  if (typeof version === 'number' && version > RECORD_VERSION) {
    throw failed(`${path} is of a newer slipway`, { why: `It has version ${version}.` })
  }
  const parsed = recordSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw failed(`${path} is no record of a key`, { why: z.prettifyError(parsed.error) })
}

/** Lines: `key=TYPE BASE64`, `route=DOMAIN PATH` (any number), `signing=NAME:BASE64`. */
async function readOldKey(agent: Agent, key: KeySession): Promise<KeyRecord | undefined> {
  const path = oldFile(agent, key)
  const text = await readText(path)
  if (text === undefined) return undefined
  const values = (name: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  const [sshKey] = values('key')
  if (sshKey === undefined) throw failed(`${path} is no record of a key`)
  return {
    version: RECORD_VERSION,
    key: sshKey,
    routes: values('route').map((route) => {
      const [domain = '', routePath = ''] = route.split(' ')
      return { domain, path: routePath }
    }),
    signing: values('signing')[0] ?? null,
    added: Math.floor((await stat(path)).mtimeMs / 1000),
  }
}
