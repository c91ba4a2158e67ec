import { CallFailed, type Failure, type Holder } from '../contract/failure.js'
import { CONTRACT_VERSION, type Params, type Result, type Verb } from '../contract/verbs.js'
import { ExitCode, SlipwayError } from '../errors.js'
import type { Login } from '../remote/login.js'

/**
 * Has a host do something.
 * @throws SlipwayError that says why the host did not, or could not.
 */
export async function call<V extends Verb>(
  login: Pick<Login, 'host' | 'destination' | 'agent'>,
  verb: V,
  params: Params<V>,
): Promise<Result<V>> {
  try {
    return await login.agent.call(verb, params)
  } catch (error) {
    throw error instanceof CallFailed ? hostError(login, error.failure) : error
  }
}

/** Thrown where somebody else works on the host. */
export class LockedError extends SlipwayError {
  readonly holder: Holder | null

  constructor(host: string, holder: Holder | null) {
    super({
      what: `${host} is being worked on`,
      why: holderText(holder),
      still: 'Nothing was changed there.',
      next: `Run the command again later, or with --wait. \`slipway abort ${host}\`, with full access, ends what goes on there.`,
      code: ExitCode.locked,
    })
    this.holder = holder
  }
}

/** Thrown where a host's agent speaks another contract: only setup can bring it to this one. */
export class OtherContract extends SlipwayError {}

/** Who works on a host, since when and at what. */
export function holderText(holder: Holder | null): string {
  if (!holder) return 'Its lock was just released.'
  const since = new Date(holder.since * 1000).toISOString().slice(11, 19)
  return `${holder.who} holds its lock since ${since} UTC: ${holder.what}`
}

/** Why a host did not do something, for somebody who has to act on it. */
export function hostError(
  { host, destination }: Pick<Login, 'host' | 'destination'>,
  failure: Failure,
): SlipwayError {
  switch (failure.kind) {
    case 'locked':
      return new LockedError(host, failure.holder)
    case 'refused':
      return new SlipwayError({
        what: `${host} refuses what the key of ${destination} asks for`,
        why: failure.reasons.join('\n'),
        still: 'What served before serves still.',
        next: 'Somebody with full access has to do this, or to allow it: see docs/access.md.',
      })
    case 'version':
      return new OtherContract({
        what: `${host} has another version of slipway than this one`,
        why: `Its agent speaks version ${failure.contract} of the contract, this slipway version ${CONTRACT_VERSION}.`,
        still: 'Nothing was changed there.',
        next: `Somebody with full access has to run \`slipway setup ${host}\` with this version, or use the host's version here.`,
      })
    case 'gone':
      return new SlipwayError({
        what: `${host} knows of no such activation`,
        next: `\`slipway status\` tells what serves there.`,
      })
    case 'invalid':
      return new SlipwayError({
        what: `${host} does not take what was sent`,
        why: failure.problem,
        still: 'What served before serves still.',
      })
    case 'failed':
      return failedError(host, failure)
  }
}

function failedError(host: string, failure: Extract<Failure, { kind: 'failed' }>): SlipwayError {
  const still = 'What served before serves still.'
  if (failure.full) {
    return new SlipwayError({
      what: `the disk of ${host} is full`,
      why: [failure.what, failure.why].filter(Boolean).join(': '),
      still,
      next: `Make room (\`slipway gc ${host}\` removes packages no release needs; \`df -h\` shows where), then run the command again.`,
    })
  }
  return new SlipwayError({
    what: `${host}: ${failure.what}`,
    why: failure.why,
    still,
    next: failure.next ?? `\`slipway doctor ${host}\` checks everything a deploy needs.`,
  })
}
