import type { ApplyRequest } from '../../contract/activation.js'
import type { Key } from '../../contract/key.js'
import { readInherited } from '../access/inherited.js'
import { checkApply, withinShare } from '../access/policy/policy.js'
import { refused, rightsOf } from '../access/session.js'
import type { Agent } from '../agent.js'
import { hasRelease } from '../realise/accepted.js'
import { realisedBy } from '../realise/root.js'
import { keptBy } from './kept.js'
import { type PeerInfo, whoAsks } from './session.js'
import { takeOverProblems } from './take-over.js'

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
  const handedOn = await Promise.all(
    request.items.map((item) => takeOverProblems(agent, item, request.releases)),
  )
  const problems = [...checkApply(request, rights, known), ...handedOn.flat()]
  if (problems.length > 0) throw refused(problems)
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
