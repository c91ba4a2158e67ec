import type { ApplyRequest, NewRelease } from '../../contract/activation.js'
import type { Key } from '../../contract/key.js'
import { readInherited } from '../access/inherited.js'
import { checkApply, withinShare } from '../access/policy/policy.js'
import { refused, rightsOf } from '../access/session.js'
import type { Agent } from '../agent.js'
import { hasRelease } from '../realise/accepted.js'
import { realisedBy } from '../realise/root.js'
import { releaseNumbers } from '../services/releases.js'
import { keptBy } from './kept.js'
import { type PeerInfo, whoAsks } from './session.js'
import { takeOverProblems } from './take-over.js'

/** How far ahead a release's number may be: others may have been taken away meanwhile. */
const MOST_AHEAD = 100

/** What a login asks for, in its name and as far as it is its to ask. */
export function requestOf(peer: PeerInfo, request: ApplyRequest): ApplyRequest {
  if (peer.key === null) return request
  return { ...withinShare(request), who: whoAsks(peer, request.who) }
}

/** Throws where a key may not have what it asks for, as things stand. */
export async function judge(agent: Agent, key: Key, request: ApplyRequest): Promise<void> {
  const rights = await rightsOf(agent, key)
  const inherited = await Promise.all(
    rights.services.map(async ({ service }) => [service, await readInherited(agent, service)] as const),
  )
  const known = { inherited: new Map(inherited), services: await keptBy(agent) }
  const problems = checkApply(request, rights, known)
  if (problems.length > 0) throw refused(problems)
  // By now they are its own services: of others a refusal tells nothing.
  const found = await Promise.all([
    ...request.items.map((item) => takeOverProblems(agent, item, request.releases)),
    ...request.releases.map((release) => numberProblems(agent, release)),
  ])
  if (found.flat().length > 0) throw refused(found.flat())
}

/** Releases are counted: after the largest number there is, nobody could deploy the service any more. */
async function numberProblems(agent: Agent, { number, manifest }: NewRelease): Promise<string[]> {
  const newest = (await releaseNumbers(agent, manifest.service.name)).at(-1) ?? 0
  return number > newest + MOST_AHEAD ? [`release ${number} is none of the next after ${newest}`] : []
}

/** Throws where a key wants to run a package that the host did not get for it, see the verb `realise`. */
export async function judgePackages(agent: Agent, key: Key, { releases }: ApplyRequest): Promise<void> {
  for (const { manifest } of releases) {
    const { name } = manifest.service
    const path = manifest.package
    if (path === (await realisedBy(agent, key, name)) || (await hasRelease(agent, name, path))) continue
    throw refused([`the package ${path} is none that this host has got for this key`])
  }
}
