import { type BigIntStats, stat } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod/mini'
import type { ReleaseReport } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { listFolder, readText } from '../files.js'

/** What is read of a `release.json`, of whatever form. */
const commitSchema = z.object({ commit: z.nullable(z.object({ id: z.string() })) })

/** The releases in a folder, as long as the folder stays the same: none has come or gone. */
interface Known {
  stamp: string
  releases: ReleaseReport[]
}
const known = new Map<string, Known>()

/** Within so long, two changes may leave a folder with the same time: the kernel's clock for files is coarse. */
const COARSE_MS = 100

/** The releases of a service, in the order of their numbers. */
export async function releaseList(agent: Agent, service: string): Promise<ReleaseReport[]> {
  const folder = join(agent.places.service(service), 'releases')
  const found = await stateOf(folder)
  if (found === undefined) return []
  const stamp = `${found.ino} ${found.mtimeNs}`
  let list = known.get(folder)
  if (list?.stamp !== stamp) {
    list = { stamp, releases: await readList(folder) }
    if (Date.now() - Number(found.mtimeMs) > COARSE_MS) known.set(folder, list)
  }
  // A release that was good once stays so.
  await Promise.all(
    list.releases.map(async (release) => {
      if (release.good === null) release.good = await goodOf(join(folder, String(release.number)))
    }),
  )
  return list.releases.map((release) => ({ ...release }))
}

async function stateOf(folder: string): Promise<BigIntStats | undefined> {
  try {
    return await promisify(stat)(folder, { bigint: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function readList(folder: string): Promise<ReleaseReport[]> {
  const numbers = (await listFolder(folder)).filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number)
  const releases: ReleaseReport[] = []
  // One after the other: services are read side by side, and each file is open only for a moment.
  for (const number of numbers.sort((one, other) => one - other)) {
    const text = await readText(join(folder, String(number), 'release.json'))
    // It may have been pruned meanwhile.
    if (text === undefined) continue
    releases.push({ number, good: null, commit: commitSchema.parse(JSON.parse(text)).commit?.id ?? null })
  }
  return releases
}

async function goodOf(dir: string): Promise<number | null> {
  const text = await readText(join(dir, 'good'))
  return text === undefined ? null : Number(text)
}
