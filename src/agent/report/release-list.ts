import { type BigIntStats, stat } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod/mini'
import { manifestSchema } from '../../contract/release.js'
import type { ReleaseReport } from '../../contract/report.js'
import { isUnprivileged } from '../../release/privileges.js'
import type { Agent } from '../agent.js'
import { listFolder, readText } from '../files.js'

/** What is read of a `release.json`, of whatever form. */
const commitSchema = z.object({ commit: z.nullable(z.object({ id: z.string() })) })

function isHarmless(data: unknown): boolean {
  const manifest = manifestSchema.safeParse(data)
  return manifest.success && isUnprivileged(manifest.data.service)
}

/** What was read of a folder, and what the folder was like then. */
interface Known<T> {
  stamp: string
  value: T
}
type KnownList = Known<Known<ReleaseReport>[]>

/** The releases in a folder, as they were last read: releases never change, but come, go and become good. */
const lists = new Map<string, KnownList>()

/** The releases of a service, in the order of their numbers. */
export async function releaseList(agent: Agent, service: string): Promise<ReleaseReport[]> {
  const folder = join(agent.places.service(service), 'releases')
  const stamp = await stampOf(folder)
  if (stamp === undefined) return []
  const before = lists.get(folder)
  const releases = before?.stamp === stamp ? await refreshed(folder, before) : await readAll(folder, before)
  lists.set(folder, { stamp, value: releases })
  return releases.map(({ value }) => value)
}

/** The same releases, of which some may have become good: those that are stay so. */
async function refreshed(folder: string, { value }: KnownList): Promise<Known<ReleaseReport>[]> {
  const releases = await Promise.all(
    value.map((known) => (known.value.good === null ? readOne(folder, known.value.number, known) : known)),
  )
  return releases.filter((known) => known !== undefined)
}

async function readAll(folder: string, before: KnownList | undefined): Promise<Known<ReleaseReport>[]> {
  const numbers = (await listFolder(folder)).filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number)
  const releases: Known<ReleaseReport>[] = []
  // One after the other: services are read side by side, and each file is open only for a moment.
  for (const number of numbers.sort((one, other) => one - other)) {
    const known = before?.value.find(({ value }) => value.number === number)
    const release = await readOne(folder, number, known)
    if (release) releases.push(release)
  }
  return releases
}

/** undefined: it was pruned meanwhile. */
async function readOne(
  folder: string,
  number: number,
  known: Known<ReleaseReport> | undefined,
): Promise<Known<ReleaseReport> | undefined> {
  const dir = join(folder, String(number))
  const stamp = await stampOf(dir)
  if (stamp === undefined) return undefined
  if (known?.stamp === stamp) return known
  const [text, good] = await Promise.all([readText(join(dir, 'release.json')), readText(join(dir, 'good'))])
  if (text === undefined) return undefined
  const data: unknown = JSON.parse(text)
  const commit = commitSchema.parse(data).commit?.id ?? null
  const unprivileged = isHarmless(data)
  return { stamp, value: { number, good: good === undefined ? null : Number(good), commit, unprivileged } }
}

/** Within so long, two changes may leave a folder with the same time: the kernel's clock for files is coarse. */
const COARSE_MS = 100
let unsettled = 0

/** Another text when something in a folder has come, gone or changed its name; undefined: there is no folder. */
async function stampOf(folder: string): Promise<string | undefined> {
  const found = await stateOf(folder)
  if (found === undefined) return undefined
  if (Date.now() - Number(found.ctimeMs) < COARSE_MS) {
    unsettled += 1
    return `unsettled ${unsettled}`
  }
  return `${found.ino} ${found.ctimeNs}`
}

async function stateOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await promisify(stat)(path, { bigint: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
