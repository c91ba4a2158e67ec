import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import type { Tls } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { exists, readText } from '../files.js'
import { legacyFacts, legacyFailure } from './legacy-state.js'
import { certificatePlaces, PRIVATE_FILE } from './places.js'
import { type AttemptFailure, type Facts, factsSchema, failureSchema } from './state-schema.js'

/** What is known of a domain's certificate. */
export interface CertificateState {
  facts: Facts | undefined
  failure: AttemptFailure | undefined
  /** Whether its issuer has revoked it. */
  revoked: boolean
}

/** The ACME server of a source; null for others. */
export function serverOf(tls: Tls): string | null {
  return tls.from === 'acme' ? tls.server : null
}

const REVOKED = 'revoked'
const LOOKED_UP = 'looked-up'

/** Reads what is on the disk about a domain. */
export async function loadState(agent: Agent, domain: string): Promise<CertificateState> {
  const dir = certificatePlaces(agent).domain(domain)
  const current = join(dir, 'current')
  const [facts, failure, revoked] = await Promise.all([
    read(join(current, 'facts'), factsSchema, legacyFacts),
    read(join(dir, 'failure'), failureSchema, legacyFailure),
    exists(join(current, REVOKED)),
  ])
  return { facts, failure, revoked }
}

/** A file of ours, or else one that the shell program of 0.1 wrote. */
async function read<T>(
  path: string,
  schema: z.ZodMiniType<T>,
  legacy: (text: string) => T,
): Promise<T | undefined> {
  const text = await readText(`${path}.json`)
  if (text === undefined) {
    const old = await readText(path)
    return old === undefined ? undefined : legacy(old)
  }
  const value: unknown = JSON.parse(text)
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  throw new Error(`${path}.json can not be understood: ${z.prettifyError(parsed.error)}`)
}

export async function writeFacts(agent: Agent, version: string, facts: Facts): Promise<void> {
  await agent.files.write(join(version, 'facts.json'), `${JSON.stringify(facts)}\n`, PRIVATE_FILE)
}

export async function writeFailure(agent: Agent, domain: string, failure: AttemptFailure): Promise<void> {
  const dir = certificatePlaces(agent).domain(domain)
  await agent.files.write(join(dir, 'failure.json'), `${JSON.stringify(failure)}\n`, PRIVATE_FILE)
}

export async function clearFailure(agent: Agent, domain: string): Promise<void> {
  const dir = certificatePlaces(agent).domain(domain)
  await agent.files.remove(join(dir, 'failure.json'))
  await agent.files.remove(join(dir, 'failure'))
}

/** When the issuer was last asked about the current certificate, in ms since 1970; undefined: never. */
export async function lookedUpAt(agent: Agent, domain: string): Promise<number | undefined> {
  const mark = join(certificatePlaces(agent).domain(domain), 'current', LOOKED_UP)
  return (await exists(mark)) ? (await stat(mark)).mtimeMs : undefined
}

export async function markLookedUp(agent: Agent, domain: string, revoked: boolean): Promise<void> {
  const current = join(certificatePlaces(agent).domain(domain), 'current')
  if (revoked) await agent.files.write(join(current, REVOKED), '', PRIVATE_FILE)
  await agent.files.write(join(current, LOOKED_UP), '', PRIVATE_FILE)
}
