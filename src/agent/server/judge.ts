import type { ApplyRequest } from '../../contract/activation.js'
import { readInherited } from '../access/inherited.js'
import { checkApply, withoutEscalation } from '../access/policy/policy.js'
import type { KeySession } from '../access/rights.js'
import { refused, rightsOf } from '../access/session.js'
import type { Agent } from '../agent.js'
import { hasRelease } from '../realise/accepted.js'
import { realisedBy } from '../realise/root.js'
import { othersOf } from './others.js'
import { type PeerInfo, whoAsks } from './session.js'
import { takeOverProblems } from './take-over.js'

/** What a login asks for, in its name and as far as it is its to ask. */
export function requestOf(peer: PeerInfo, request: ApplyRequest): ApplyRequest {
  if (peer.key === null) return request
  return { ...withoutEscalation(request), who: whoAsks(peer, request.who) }
}

/** Throws where a key may not have what it asks for, as things stand. */
export async function judge(agent: Agent, key: KeySession, request: ApplyRequest): Promise<void> {
  const problems = [
    ...checkApply(
      request,
      await rightsOf(agent, key),
      await readInherited(agent, key.service),
      await othersOf(agent, key.service),
    ),
    ...(await takeOverProblems(agent, key.service, request)),
  ]
  if (problems.length > 0) throw refused(problems)
}

/** Throws where a key wants to run a package that the host did not get for it, see the verb `realise`. */
export async function judgePackages(
  agent: Agent,
  key: KeySession,
  { releases }: ApplyRequest,
): Promise<void> {
  const realised = await realisedBy(agent, key)
  for (const { manifest } of releases) {
    const path = manifest.package
    if (path === realised || (await hasRelease(agent, key.service, path))) continue
    throw refused([`the package ${path} is none that this host has got for this key`])
  }
}
