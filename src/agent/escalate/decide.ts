import type { GuardSettings } from '../../contract/activation.js'

export type EscalationSettings = NonNullable<GuardSettings['escalate']>

/** How far it has gone: what was there is put back, or the network's units have been restarted, too. */
export type Stage = 'reverted' | 'restarted'

/** What comes next for a host whose network was to come back. */
export type Next = 'wait' | 'end' | 'restart' | 'reboot'

/** @param waitedMs Since the stage began. */
export function nextOf(
  { networkMs, rebootMs }: EscalationSettings,
  { stage, waitedMs, isBack }: { stage: Stage; waitedMs: number; isBack: boolean },
): Next {
  if (isBack) return 'end'
  if (stage === 'reverted') return waitedMs < networkMs ? 'wait' : 'restart'
  if (rebootMs === null) return 'end'
  return waitedMs < rebootMs ? 'wait' : 'reboot'
}

/** Units that make a network, or a way in. */
const NETWORK_UNITS = [
  'systemd-networkd.service',
  'networking.service',
  'NetworkManager.service',
  'network-addresses-*.service',
  'wg-quick@*.service',
  'wireguard-*.service',
  'nftables.service',
  'firewall.service',
  'ssh.service',
  'sshd.service',
]

/** Patterns of the units that are restarted, where they run or have failed. */
export function unitPatterns({ units }: EscalationSettings): readonly string[] {
  return units ?? NETWORK_UNITS
}

/** Those of the units found that are restarted, by name. */
export function toRestart(found: readonly { name: string; active: string }[]): string[] {
  const names = found
    .filter(({ active }) => active === 'active' || active === 'failed')
    .map(({ name }) => name)
  return [...new Set(names)]
}

/** The gateways in what `ip route show default` prints. */
export function gatewaysIn(routes: string): string[] {
  return routes.split('\n').flatMap((line) => line.match(/^default via (\S+)/)?.[1] ?? [])
}
