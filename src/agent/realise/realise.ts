import { failed } from '../../contract/failure.js'
import type { Key } from '../../contract/key.js'
import type { Params, Result } from '../../contract/verbs.js'
import { deployUser } from '../access/deploy-user.js'
import { refused } from '../access/session.js'
import type { Agent } from '../agent.js'
import { freeBytes, ROOM_BYTES, STORE_DISKS } from '../room/free.js'
import { accepted } from './accepted.js'
import { building, fetching, type Work } from './commands.js'
import { type Output, readOutputs } from './derivation.js'
import { type Missing, parseMissing } from './missing.js'
import { keepRealised } from './root.js'
import { buildProblem, untrustingSettings } from './settings.js'

/** How long caches may take to say what they have, in milliseconds. */
const ASK_MS = 180_000

/** What of its complaints is told, in characters. */
const TOLD_LENGTH = 4096
/** What memory that may take: some 100,000 derivations; a desktop has 10,000. */
const ASK_BYTES = 1024 ** 3

/** What a call comes to before anything is fetched or built. */
export type Found = Exclude<Result<'realise'>, { state: 'working' }> | { state: 'work'; works: Work[] }

/**
 * What it takes for this host to have a package that a key names. It is there; or it is to be fetched from caches that
 * the host trusts, or built here from the derivation that was sent; or something has to be sent first.
 * @throws CallFailed where the host would have to take something on trust, has no room, or may not build.
 */
export async function findPackage(
  agent: Agent,
  key: Key,
  { service, package: path, derivation, mayWork }: Params<'realise'>,
): Promise<Found> {
  const settings = await untrustingSettings(agent, (await deployUser(agent)) ?? '')
  const made = derivation === null ? undefined : await outputOf(agent, derivation, path)
  if (await isValid(agent, path)) {
    // Whoever has its derivation could have built it; without one, what is merely there is somebody else's.
    if (made !== undefined || (await accepted(agent, service, path))) {
      await keepRealised(agent, key, service, path)
      return { state: 'there' }
    }
    return needs(path, derivation)
  }
  if (!mayWork) return { state: 'missing' }
  if (made === undefined) {
    const { fetch, fetchBytes } = await missing(agent, path)
    if (!fetch.includes(path)) return needs(path, derivation)
    await requireRoom(fetchBytes)
    return { state: 'work', works: fetching(fetch) }
  }
  const target = `${derivation}!${made.name}`
  const { build, fetch, fetchBytes } = await missing(agent, target)
  const unsent = await fixedOutputs(build)
  // What has a known content the deployer has fetched already: nothing that is built here sees a network.
  if (unsent.length > 0) return { state: 'needs', paths: [], outputs: unsent }
  const problem = build.length === 0 ? undefined : buildProblem(settings)
  if (problem) throw failed(problem.what, { next: problem.next })
  await requireRoom(fetchBytes)
  return { state: 'work', works: [...fetching(fetch), building(target)] }
}

/** The output of a derivation that a path is; undefined where the derivation has not been sent. */
async function outputOf(agent: Agent, derivation: string, path: string): Promise<Output | undefined> {
  if (!(await isValid(agent, derivation))) return undefined
  const outputs = await readOutputs(derivation)
  const found = outputs.find((output) => output.path === path)
  if (found === undefined) throw refused([`the package ${path} is not what ${derivation} makes`])
  return found
}

/** The derivation, or the path itself where it has none: then it has to be named by its content, or signed. */
function needs(path: string, derivation: string | null): Found {
  return { state: 'needs', paths: [derivation ?? path], outputs: [] }
}

async function isValid(agent: Agent, path: string): Promise<boolean> {
  const { code, stderr } = await agent.run(['nix-store', '--check-validity', path])
  if (code === 0) return true
  if (/is not valid/.test(stderr)) return false
  throw failed(`whether ${path} is in the store is not known`, { why: stderr.trim() })
}

async function missing(agent: Agent, target: string): Promise<Missing> {
  // It reads whatever was sent as derivations, as root.
  const argv = ['prlimit', `--data=${ASK_BYTES}`, '--', 'nix-store', '--realise', '--dry-run', target]
  const { code, stderr, timedOut } = await agent.run(argv, { timeoutMs: ASK_MS })
  // A path that nobody has is one that would be neither fetched nor built.
  if (code === 0 || /don't know how to build/.test(stderr)) return parseMissing(stderr)
  throw failed(`what is missing for ${target} is not known`, {
    why: timedOut ? "the host's caches did not answer in time" : stderr.trim().slice(-TOLD_LENGTH),
  })
}

/** Those of some derivations whose outputs have a content that is known. */
async function fixedOutputs(derivations: readonly string[]): Promise<string[]> {
  const fixed: string[] = []
  for (const derivation of derivations) {
    if ((await readOutputs(derivation)).some((output) => output.fixed)) fixed.push(derivation)
  }
  return fixed
}

async function requireRoom(bytes: number): Promise<void> {
  const free = await freeBytes(STORE_DISKS)
  if (free >= bytes + ROOM_BYTES) return
  const mib = (count: number) => `${Math.floor(count / 1024 ** 2)} MiB`
  throw failed('there is no room for the package', {
    why: `${mib(free)} are free, ${mib(bytes)} are to be fetched, and ${mib(ROOM_BYTES)} stay free`,
    full: true,
  })
}
