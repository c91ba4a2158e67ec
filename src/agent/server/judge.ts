import type { ApplyRequest } from '../../contract/activation.js'
import { readInherited } from '../access/inherited.js'
import { packageProblem } from '../access/package.js'
import { checkApply, withoutEscalation } from '../access/policy/policy.js'
import type { KeySession } from '../access/rights.js'
import { refused, rightsOf } from '../access/session.js'
import type { Agent } from '../agent.js'
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

/** Throws where a package that a key wants to run is nobody's whom the host trusts. */
export async function judgePackages(agent: Agent, { releases }: ApplyRequest): Promise<void> {
  for (const { manifest } of releases) {
    const problem = await packageProblem(agent, manifest.package)
    if (problem !== undefined) throw refused([problem])
  }
}
