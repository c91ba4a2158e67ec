import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { usageError } from '../errors.js'
import { HOSTS, hostPaths } from './paths.js'

/** `ready`: Nix, nginx and curl are installed. `bare`: only what a fresh server has. */
export type ImageKind = 'ready' | 'bare'

/** What is known of a host whether or not it runs. */
export interface HostRecord {
  name: string
  address: string
  image: ImageKind
  /** Directory of the image below this host's disk, whatever image a newer slipway would choose. */
  lower: string
  created: string
  /** Whether it has the offline toolchain, since its last boot. */
  toolchain: boolean
}

/** Names reach paths, and host names end at 63 characters. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/

/** Throws unless hosts can have this name. */
export function requireName(name: string): void {
  if (isName(name)) return
  throw usageError({
    what: `A throwaway host cannot be called ${JSON.stringify(name)}`,
    why: 'Names have 1 to 63 lower-case letters, digits and hyphens, and start with a letter',
  })
}

/** The record of one host, or undefined if there is no such host. */
export async function readRecord(name: string): Promise<HostRecord | undefined> {
  try {
    return JSON.parse(await readFile(hostPaths(name).record, 'utf8')) as HostRecord
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The record of one host; throws if there is no such host. */
export async function requireRecord(name: string): Promise<HostRecord> {
  requireName(name)
  const record = await readRecord(name)
  if (record) return record
  const names = (await readRecords()).map((other) => other.name)
  throw usageError({
    what: `There is no throwaway host called ${name}`,
    why: names.length > 0 ? `There is: ${names.join(', ')}` : 'There is none at all',
    next: `slipway rehearse up ${name}`,
  })
}

/** Every host, by name. */
export async function readRecords(): Promise<HostRecord[]> {
  let names: string[] = []
  try {
    names = await readdir(HOSTS)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const records = await Promise.all(names.filter(isName).sort().map(readRecord))
  return records.filter((record) => record !== undefined)
}

/** Writes a record as a whole or, if interrupted, not at all. */
export async function writeRecord(record: HostRecord): Promise<void> {
  const paths = hostPaths(record.name)
  await mkdir(paths.dir, { recursive: true })
  const draft = `${paths.record}.new`
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`)
  await rename(draft, paths.record)
}

function isName(text: string): boolean {
  return NAME.test(text)
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
