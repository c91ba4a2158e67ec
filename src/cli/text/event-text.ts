import type { HostEvent } from '../../contract/events.js'

/** What a host tells of an activation, as a line for people; some events are for the summary alone. */
export function eventText({ item, step, detail }: HostEvent, isSystem: boolean): string | undefined {
  switch (step) {
    case 'starting':
      return `${item}: starting ${isSystem ? detail : `release ${detail}`}`
    case 'checking':
      return `${item}: checking its health`
    case 'active':
      return `${item}: active, not confirmed yet`
    case 'waiting':
      return `confirming over a new login; without it everything is put back in ${detail} s`
    case 'unguarded':
      return `${item}: counts as good without a confirmation, as its config wants`
    case 'confirmed':
      return `${item}: confirmed`
    case 'watching':
      return `${item}: watching its health for ${detail} s`
    case 'reboot-needed':
      return `${item}: its kernel comes into use with the next reboot`
    case 'draining':
      return `${item}: waiting for the last requests of release ${detail}`
    case 'held':
      return `${item}: requests waited for at most ${detail} s`
    case 'note':
      return `${item}: ${detail}`
    case 'refused':
    case 'failed':
      return `${item}: ${step}: ${detail}`
    case 'reverted':
      if (!detail) return `${item}: nothing ${isSystem ? 'is active' : 'serves'}, as before`
      if (!/^\d+$/.test(detail)) return `${item}: ${detail} serves again`
      return isSystem
        ? `${item}: generation ${detail} is active again`
        : `${item}: release ${detail} serves again`
    case 'revert-failed':
      return `${item}: putting back what was there failed: ${detail}`
    case 'left':
      return `${item}: not put back: ${detail}`
    case 'recovering':
      return 'ending an earlier deploy that was cut off'
    case 'serving':
    case 'hooked':
    case 'done':
    case 'journal':
    case 'ended':
      return undefined
  }
}
