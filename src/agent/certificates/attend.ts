import type { Tls } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { certificateFromAcme } from './acme.js'
import { certificateFromFiles, differsFromCurrent } from './brought.js'
import { type Asked, isDue, matches, mustWait, nextAttempt } from './due.js'
import { installPair } from './install.js'
import { certificateFromLocal } from './local.js'
import { checkPair, dayOf, type Pair } from './pair.js'
import { certificatePlaces, PRIVATE_FOLDER } from './places.js'
import { CertificateProblem, type ProblemKind } from './problem.js'
import { lookUpRevocation } from './revocation.js'
import { HTTPS_PORT } from './serves-tls.js'
import type { Serving } from './serving.js'
import { type CertificateState, clearFailure, loadState, serverOf, writeFailure } from './state.js'

/** One look at all certificates. */
export interface Round {
  agent: Agent
  serving: Serving
  /** Seconds since 1970. */
  now(): number
  /** Servers that are not to be bothered again in this round, with why. */
  tired: Map<string, CertificateProblem>
}

/** What is kept of why an attempt failed, in characters. */
const PROBLEM_LENGTH = 600
/** A server that has said so once says so of the next domain too. */
const TIRING: readonly ProblemKind[] = ['rate-limit', 'unreachable', 'clock']

/** Sees to the certificate of one domain. */
export async function attend(
  round: Round,
  domain: string,
  tls: Tls,
  asked: Asked | undefined,
): Promise<void> {
  const { agent, serving, now, tired } = round
  await agent.files.makeFolder(certificatePlaces(agent).domain(domain), PRIVATE_FOLDER)
  await lookUpRevocation(agent, domain, now() * 1000)
  const state = await loadState(agent, domain)
  if (!(await isWanted(round, domain, tls, state, asked))) {
    await clearFailure(agent, domain)
    return
  }
  if (mustWait(state.failure, asked, now())) return
  const failures = state.failure?.failures ?? 0
  const server = serverOf(tls)
  const known = server === null ? undefined : tired.get(server)
  if (known !== undefined) {
    await tellProblem(agent, domain, known, failures, null)
    return
  }
  try {
    const pair = await obtain(round, domain, tls)
    const facts = checkPair(pair, domain, tls, now())
    await installPair(agent, serving, domain, pair, facts)
    await clearFailure(agent, domain)
    agent.log.info(
      `certificate for ${domain}, from ${facts.issuer ?? 'an unnamed issuer'}, expires ${dayOf(facts.notAfter)}`,
    )
  } catch (error) {
    const problem =
      error instanceof CertificateProblem
        ? error
        : new CertificateProblem('other', error instanceof Error ? error.message : String(error))
    if (server !== null && TIRING.includes(problem.kind)) tired.set(server, problem)
    await tellProblem(
      agent,
      domain,
      problem,
      failures + 1,
      nextAttempt(tls.from, problem, failures + 1, now()),
    )
  }
}

async function isWanted(
  { agent, now }: Round,
  domain: string,
  tls: Tls,
  state: CertificateState,
  asked: Asked | undefined,
): Promise<boolean> {
  if (asked === 'force') return true
  if (tls.from !== 'files') return isDue(state, tls, now())
  return !matches(state.facts, tls) || differsFromCurrent(agent, domain, tls)
}

async function obtain({ agent, serving, now }: Round, domain: string, tls: Tls): Promise<Pair> {
  // A certificate that nothing could be done with is not asked for.
  const holder = await serving.portHolder()
  if (holder !== undefined) throw new CertificateProblem('tool', `port ${HTTPS_PORT} is taken by ${holder}`)
  switch (tls.from) {
    case 'acme':
      return certificateFromAcme(agent, domain, tls, now)
    case 'local':
      return certificateFromLocal(agent, domain)
    case 'files':
      return certificateFromFiles(tls)
  }
}

async function tellProblem(
  agent: Agent,
  domain: string,
  { kind, message }: CertificateProblem,
  failures: number,
  next: number | null,
): Promise<void> {
  const problem = message.replaceAll('\n', ' ').slice(0, PROBLEM_LENGTH)
  await writeFailure(agent, domain, { version: 1, kind, failures, next, problem })
  agent.log.warning(`no certificate for ${domain}: ${problem}`)
}
