import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { GenerationReport, SystemReport } from '../../contract/report.js'
import type { Params } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink, realPath } from '../files.js'
import { isActivating } from './activating.js'
import { failedPaths } from './history.js'
import { SYSTEM_PLACES, type SystemPlaces } from './places.js'
import { generationOf, needsReboot, profileOf, runningOf } from './profile.js'

/** What is known of a system's profile. Changes nothing. */
export async function reportSystem(
  agent: Agent,
  system: Params<'report'>['systems'][number],
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<SystemReport> {
  const { name } = system
  // Without such a user there is no profile of his.
  const profile = (await profileOf(agent, system, places)) ?? ''
  const [generation, path, running, generations, activating] = await Promise.all([
    generationOf(profile),
    realPath(profile),
    runningOf(profile, places),
    generationsOf(agent, name, profile),
    isActivating(agent, name),
  ])
  return {
    name,
    profile,
    generation,
    path: path ?? null,
    running,
    needsReboot: running !== null && (await needsReboot(profile, running, places)),
    activating,
    generations,
  }
}

async function generationsOf(agent: Agent, name: string, profile: string): Promise<GenerationReport[]> {
  if (profile === '') return []
  const folder = dirname(profile)
  const prefix = `${basename(profile)}-`
  const [failed, names] = await Promise.all([failedPaths(agent, name), listFolder(folder)])
  const found = await Promise.all(
    names
      .filter((file) => file.startsWith(prefix) && GENERATION.test(file.slice(prefix.length)))
      .map(async (file): Promise<GenerationReport[]> => {
        const number = Number.parseInt(file.slice(prefix.length), 10)
        const [path, at] = await Promise.all([readLink(join(folder, file)), madeAt(join(folder, file))])
        // Somebody may delete generations meanwhile.
        if (path === undefined || at === undefined) return []
        return [{ number, path, at, good: !failed.has(path) }]
      }),
  )
  return found.flat().sort((one, other) => one.number - other.number)
}

/** When a link was made, in seconds since 1970; undefined where it is gone. */
async function madeAt(link: string): Promise<number | undefined> {
  try {
    return Math.floor((await lstat(link)).mtimeMs / 1000)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What follows the profile's name in that of a generation. */
const GENERATION = /^[0-9]+-link$/
