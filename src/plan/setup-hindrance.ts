import type { BootstrapFacts } from '../contract/bootstrap.js'

/** Why a host can't be set up as it is. */
export interface Hindrance {
  what: string
  why?: string
  next?: string
}

/** What keeps a host from being set up, if anything does. */
export function setupHindrance(
  host: string,
  facts: BootstrapFacts,
  deployUser: string | undefined,
): Hindrance | undefined {
  if (!facts.root) return { what: `setup of ${host} needs root` }
  if (facts.systemd === 0)
    return { what: `systemd is not running on ${host}`, next: 'slipway needs systemd.' }
  const [unfinished] = facts.legacy.unfinished
  if (unfinished !== undefined) {
    return {
      what: `${host} has an activation of slipway 0.1 that has not ended`,
      why: `${unfinished.trim() || 'What it is is not on record'}. Only the program that began it can put back what was there.`,
      next: `Wait until it has ended: slipway 0.1 puts it back within minutes. Or end it now, as root on ${host}: systemctl start slipway-recover.service. Then run setup again.`,
    }
  }
  return userHindrance(facts, deployUser)
}

function userHindrance(facts: BootstrapFacts, user: string | undefined): Hindrance | undefined {
  if (user === undefined) return undefined
  if (facts.deployUser !== null) {
    return facts.deployUser === user
      ? undefined
      : { what: `the deploy user of this host is ${facts.deployUser}` }
  }
  if (!facts.askedUser || facts.nixos) return undefined
  return { what: `the host already has a user ${user} that slipway did not make; choose another name` }
}
