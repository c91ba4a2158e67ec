import type { HostConfig } from '../../config/resolved.js'
import type { SshAddress } from '../../remote/ssh-banner.js'
import type { Engine } from '../engine.js'
import type { Activation } from './activation.js'

/**
 * When the login that confirms is made. `at-once`: nothing in the activation can change who gets in; before the nonce is
 * sent, sshd's banner is read anew, or, where none comes, another login made. `started`: the same, but only ssh finds
 * the way to the host, so the login itself has to show it, when all has been started. `waiting`: when all checks have
 * passed.
 */
export type LoginTime = { when: 'at-once'; address: SshAddress } | { when: 'started' } | { when: 'waiting' }

/** When the login that confirms an activation may be made: as early as nothing in it can change who gets in. */
export async function loginTime(
  { reach }: Pick<Engine, 'reach'>,
  host: HostConfig,
  { items }: Pick<Activation, 'items'>,
): Promise<LoginTime> {
  if (!items.every(({ unprivileged }) => unprivileged)) return { when: 'waiting' }
  const address = await reach.address(host)
  return address === undefined ? { when: 'started' } : { when: 'at-once', address }
}
