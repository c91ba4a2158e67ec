import { join } from 'node:path'
import * as z from 'zod/mini'
import { failed } from '../../contract/failure.js'
import {
  type ClosurePath,
  closurePathSchema,
  type Manifest,
  manifestSchema,
  RELEASE_FORMAT,
} from '../../contract/release.js'
import { SLOTS } from '../../contract/service.js'
import { layoutOf, type ReleaseLayout } from '../../release/layout.js'
import { PLAIN_SOCKETS } from '../../release/listen.js'
import { type NginxPart, nginxPartOf } from '../../release/nginx-part.js'
import { SOCKETS_FILE } from '../../release/render.js'
import type { Agent } from '../agent.js'
import { exists, leadsSomewhere, listFolder, readText } from '../files.js'
import { legacyRelease } from './legacy-release.js'
import { renamedAway } from './rename/mark.js'
import { currentRelease, slotRelease } from './slots.js'

/** A release as it lies on the host. */
export interface StoredRelease {
  number: number
  dir: string
  /** null for one that the shell program of 0.1 made. */
  manifest: Manifest | null
  layout: ReleaseLayout
  nginx: NginxPart
  commit: string | null
}

/** Releases never change, so each is read once. */
const known = new Map<string, StoredRelease>()

/**
 * Reads a release.
 * @throws CallFailed where it isn't there, or can't be understood: nothing may be changed on the strength of that.
 */
export async function readRelease(agent: Agent, service: string, number: number): Promise<StoredRelease> {
  const dir = agent.places.release(service, number)
  const cached = known.get(dir)
  if (cached) return cached
  const text = await readText(join(dir, 'release.json'))
  if (text === undefined) throw failed(`the host has no release ${number} of ${service}`)
  try {
    const release = await parseRelease(dir, number, text)
    known.set(dir, release)
    return release
  } catch (error) {
    throw failed(`release ${number} of ${service} can not be read`, {
      why: `${dir}: ${error instanceof Error ? error.message : String(error)}`,
      next: `\`slipway remove ${service}\` takes it off the host; or bring back its folder from a backup.`,
    })
  }
}

async function parseRelease(dir: string, number: number, text: string): Promise<StoredRelease> {
  const data: unknown = JSON.parse(text)
  const { format } = z.object({ format: z.number() }).parse(data)
  if (format > RELEASE_FORMAT) throw new Error(`it is of form ${format}, which this agent does not know`)
  return format < RELEASE_FORMAT ? legacyRelease(dir, number, data) : storedOf(dir, number, data)
}

async function storedOf(dir: string, number: number, data: unknown): Promise<StoredRelease> {
  const manifest = manifestSchema.parse(data)
  const sockets = (await readText(join(dir, SOCKETS_FILE)))?.trim() ?? PLAIN_SOCKETS
  return {
    number,
    dir,
    manifest,
    layout: layoutOf(manifest, sockets),
    nginx: nginxPartOf(manifest, sockets),
    commit: manifest.commit?.id ?? null,
  }
}

const closureSchema = z.array(closurePathSchema)

/** The closure of a release's package, as it was when it was deployed. */
export async function closureOf({ manifest, dir }: StoredRelease): Promise<ClosurePath[]> {
  if (manifest === null) return []
  const text = await readText(join(dir, 'closure.json'))
  return text === undefined ? [] : closureSchema.parse(JSON.parse(text))
}

export async function serviceNames(agent: Agent): Promise<string[]> {
  return (await listFolder(agent.places.services)).filter((name) => !name.startsWith('.'))
}

/** Those whose routes are theirs: a service that is getting another name has none once that serves. */
export async function servingNames(agent: Agent): Promise<string[]> {
  const names = await serviceNames(agent)
  const away = await renamedAway(agent, names)
  return names.filter((name) => !away.has(name))
}

/** The numbers of a service's releases, the smallest first. */
export async function releaseNumbers(agent: Agent, service: string): Promise<number[]> {
  const names = await listFolder(join(agent.places.service(service), 'releases'))
  return names
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .map(Number)
    .sort((one, other) => one - other)
}

const GOOD = 'good'

/** When releases first became good, by folder: once they have, that stays. */
const goodSince = new Map<string, number>()

/** When a release first became good, in seconds since 1970; null if it never did. */
export async function goodOf(dir: string): Promise<number | null> {
  const cached = goodSince.get(dir)
  if (cached !== undefined) return cached
  const text = await readText(join(dir, GOOD))
  if (text === undefined) return null
  goodSince.set(dir, Number(text))
  return Number(text)
}

export function markGood(agent: Agent, dir: string): Promise<void> {
  return markGoodSince(agent, dir, Math.floor(Date.now() / 1000))
}

/** `since`: seconds since 1970; a release that is good already stays so. */
export async function markGoodSince(agent: Agent, dir: string, since: number): Promise<void> {
  if ((await goodOf(dir)) !== null || !(await exists(dir))) return
  await agent.files.write(join(dir, GOOD), `${since}\n`)
}

/** Keeps the newest good releases and the current one; the rest goes, with its roots in the Nix store. */
export async function pruneReleases(agent: Agent, service: string, keep: number): Promise<void> {
  let kept = 0
  await takeAway(agent, service, (good) => {
    if (!good || kept >= keep) return true
    kept += 1
    return false
  })
}

/** Keeps good releases, and the newest of those that never were. */
export async function pruneFailed(agent: Agent, service: string, keep: number): Promise<void> {
  let seen = 0
  await takeAway(agent, service, (good) => {
    if (good) return false
    seen += 1
    return seen > keep
  })
}

/** Takes releases away that nothing runs of, the newest looked at first. */
async function takeAway(agent: Agent, service: string, goes: (good: boolean) => boolean): Promise<void> {
  const current = await currentRelease(agent, service)
  // An instance that finishes its requests still needs its release.
  const inSlots = await Promise.all(SLOTS.map((slot) => slotRelease(agent, service, slot)))
  for (const number of (await releaseNumbers(agent, service)).reverse()) {
    const dir = agent.places.release(service, number)
    const wanted = !goes((await goodOf(dir)) !== null)
    if (wanted || number === current || inSlots.includes(number)) continue
    await agent.files.move(dir, join(agent.places.service(service), 'releases', `.old-${number}`))
    known.delete(dir)
    goodSince.delete(dir)
  }
  const folder = join(agent.places.service(service), 'releases')
  for (const name of await listFolder(folder)) {
    if (name.startsWith('.old-')) await agent.files.remove(join(folder, name))
  }
}

/** What was known of a service's releases is so no longer. */
export function forgetReleases(agent: Agent, service: string): void {
  const folder = `${agent.places.service(service)}/`
  for (const map of [known, goodSince]) {
    for (const dir of map.keys()) if (dir.startsWith(folder)) map.delete(dir)
  }
}

/** The parts of nginx's configuration of all current releases, by service. */
export async function currentParts(agent: Agent): Promise<Map<string, NginxPart>> {
  const names = await servingNames(agent)
  const parts = await Promise.all(
    names.map(async (name): Promise<[string, NginxPart][]> => {
      const number = await currentRelease(agent, name)
      if (number === undefined) return []
      return [[name, (await readRelease(agent, name, number)).nginx]]
    }),
  )
  return new Map(parts.flat())
}

/** Whether its package is still in the Nix store. */
export function hasPackage(dir: string): Promise<boolean> {
  return leadsSomewhere(join(dir, 'package'))
}
