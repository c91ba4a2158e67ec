import type { HostConfig } from '../config/resolved.js'
import { ConnectExit } from '../contract/exit-codes.js'
import { SlipwayError } from '../errors.js'
import { refusedRoot } from './become.js'
import { SSH_FAILED } from './connection.js'
import { PASSWORD_REQUIRED } from './password.js'
import { connectionError } from './ssh-errors.js'

/** Thrown for a host that has no agent: `slipway setup` brings it. */
export class NotSetUp extends SlipwayError {}

/** Thrown for a host whose agent does not answer. */
export class NoAnswer extends SlipwayError {}

/** Thrown where the login could become root with a password. */
export class NeedsPassword extends Error {
  override name = 'NeedsPassword'
  readonly refusal: SlipwayError

  constructor(refusal: SlipwayError) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** Why the command of a login ended before the agent had answered. */
export function loginError(
  host: Pick<HostConfig, 'name' | 'become'>,
  destination: string,
  code: number | null,
  stderr: string,
): Error {
  const { name } = host
  const refusal = refusedRoot({ host: name, destination }, stderr)
  if (refusal) {
    return host.become[0] === 'sudo' && PASSWORD_REQUIRED.test(stderr) ? new NeedsPassword(refusal) : refusal
  }
  switch (code) {
    case ConnectExit.notInstalled:
      return new NotSetUp({
        what: `${name} is not ready: slipway has not been set up there`,
        still: 'Nothing was changed there.',
        next: `slipway setup ${name}`,
      })
    case ConnectExit.refused:
      return refusedError(name, destination, stderr)
    case SSH_FAILED:
    case null:
      return connectionError(name, destination, stderr)
    // Also where what is installed of it does not run.
    default:
      return new NoAnswer({
        what: `slipway's agent on ${name} does not answer`,
        why: stderr.trim() || undefined,
        still: 'What served before serves still: services do not depend on it.',
        next: `\`slipway setup ${name}\` puts it in place again; \`journalctl -u slipway-agent\` there says what is wrong.`,
      })
  }
}

function refusedError(host: string, destination: string, stderr: string): SlipwayError {
  const reasons = [...stderr.matchAll(/^slipway refuses: (.*)$/gm)].map(([, reason]) => reason)
  return new SlipwayError({
    what: `${host} refuses what the key of ${destination} asks for`,
    why: reasons.join('\n') || stderr.trim(),
    still: 'What served before serves still.',
    next: 'Somebody with full access has to do this, or to allow it: see docs/access.md.',
  })
}
