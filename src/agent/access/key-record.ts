import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { failed } from '../../contract/failure.js'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { listFolder, readText } from '../files.js'

const RECORD_VERSION = 2

const routesSchema = z.array(z.strictObject({ domain: z.string(), path: z.string() }))
const common = {
  /** `TYPE BASE64`. */
  key: z.string(),
  /** A public key of Nix that older versions had Nix trust; null for none. Nobody trusts it any more. */
  signing: z._default(z.nullable(z.string()), null),
  /** Seconds since 1970. */
  added: z.int(),
}
const recordSchema = z.strictObject({
  version: z.literal(RECORD_VERSION),
  ...common,
  /** What it may deploy, and which URLs each may serve. */
  services: z.array(z.strictObject({ service: z.string(), routes: routesSchema })),
  /** Whether it may look at all of the host. */
  observe: z.boolean(),
})
/** A key was for one service: that of its folder. */
const firstSchema = z.strictObject({ version: z.literal(1), ...common, routes: routesSchema })

/** What is on record of a key: access/keys/<service>/<name>.json, or access/keys/<name>.json of one that may do more. */
export type KeyRecord = z.infer<typeof recordSchema>

export interface StoredKey extends Key {
  record: KeyRecord
}

/** What may be the name of a key, or of its service: a part of a path, and a word of a command line. */
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const JSON_NAME = /^([a-z0-9][a-z0-9-]{0,62})\.json$/

export function isKeyName(text: string): boolean {
  return NAME.test(text)
}

type AtPlaces = Pick<Agent, 'places'>

const keysFolder = (agent: AtPlaces) => join(agent.places.access, 'keys')
const recordFile = (agent: AtPlaces, { service, name }: Key) =>
  join(keysFolder(agent), service ?? '', `${name}.json`)

/** undefined where there is no such key. Throws for a record that can't be understood. */
export async function readKey(agent: AtPlaces, key: Key): Promise<KeyRecord | undefined> {
  if ((key.service !== null && !isKeyName(key.service)) || !isKeyName(key.name)) return undefined
  const path = recordFile(agent, key)
  const text = await readText(path)
  return text === undefined ? readOldKey(agent, key) : parseRecord(path, text, key)
}

/** All keys, in order: first those that may do more than deploy one service. */
export async function readKeys(agent: Agent): Promise<StoredKey[]> {
  const entries = await listFolder(keysFolder(agent))
  const found: StoredKey[] = []
  for (const service of [null, ...entries.filter(isKeyName)]) {
    // What a write that was cut off has left has a name of another form.
    const files = service === null ? entries : await listFolder(join(keysFolder(agent), service))
    const isOld = (file: string) => service !== null && NAME.test(file)
    const names = files.flatMap((file) => JSON_NAME.exec(file)?.[1] ?? (isOld(file) ? file : []))
    for (const name of [...new Set(names)].sort()) {
      const record = await readKey(agent, { service, name })
      if (record !== undefined) found.push({ service, name, record })
    }
  }
  return found
}

/** Also takes the place of a record of 0.1. */
export async function writeKey(agent: Agent, key: Key, record: KeyRecord): Promise<void> {
  await agent.files.makeFolder(join(keysFolder(agent), key.service ?? ''))
  await agent.files.write(recordFile(agent, key), `${JSON.stringify(record)}\n`)
  const old = oldFile(agent, key)
  if (old !== undefined) await agent.files.remove(old)
}

export async function deleteKey(agent: Agent, key: Key): Promise<void> {
  await agent.files.remove(recordFile(agent, key))
  const old = oldFile(agent, key)
  if (key.service === null || old === undefined) return
  await agent.files.remove(old)
  const folder = join(keysFolder(agent), key.service)
  if ((await listFolder(folder)).length === 0) await agent.files.remove(folder)
}

/** Brings the records of 0.1 into the form of today. */
export async function migrateKeys(agent: Agent): Promise<void> {
  for (const { record, ...key } of await readKeys(agent)) {
    const old = oldFile(agent, key)
    if (old !== undefined && (await readText(old)) !== undefined) await writeKey(agent, key, record)
  }
}

/** Where the shell program of 0.1 had it: it knew keys for one service alone. */
function oldFile(agent: AtPlaces, { service, name }: Key): string | undefined {
  return service === null ? undefined : join(keysFolder(agent), service, name)
}

function parseRecord(path: string, text: string, { service }: Key): KeyRecord {
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
  const first = firstSchema.safeParse(value)
  if (first.success && service !== null) {
    const { routes, ...rest } = first.data
    return { ...rest, version: RECORD_VERSION, services: [{ service, routes }], observe: false }
  }
  const parsed = recordSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw failed(`${path} is no record of a key`, { why: z.prettifyError(parsed.error) })
}

/** Lines: `key=TYPE BASE64`, `route=DOMAIN PATH` (any number), `signing=NAME:BASE64`. */
async function readOldKey(agent: AtPlaces, key: Key): Promise<KeyRecord | undefined> {
  const path = oldFile(agent, key)
  const text = path === undefined ? undefined : await readText(path)
  if (path === undefined || text === undefined || key.service === null) return undefined
  const values = (name: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  const [sshKey] = values('key')
  if (sshKey === undefined) throw failed(`${path} is no record of a key`)
  const routes = values('route').map((route) => {
    const [domain = '', routePath = ''] = route.split(' ')
    return { domain, path: routePath }
  })
  return {
    version: RECORD_VERSION,
    key: sshKey,
    services: [{ service: key.service, routes }],
    observe: false,
    signing: values('signing')[0] ?? null,
    added: Math.floor((await stat(path)).mtimeMs / 1000),
  }
}
