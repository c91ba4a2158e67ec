import type { LoopbackPort } from '../contract/service.js'
import { LINK_DEVICE, type Link, WAY_OUT } from './network.js'

/** The table that a network of its own has for rules. */
export const RULES_TABLE = 'slipway'
/** The set in it that holds the ports of its loopback at which connections were refused. */
export const REFUSED_SET = 'refused'
/** More tell nothing new. */
const REFUSED_PORTS = 64
/** IPv6's neighbours find each other by it; by its number, since a small host has no /etc/protocols. */
const ICMPV6 = 58

/** Who a network of its own is for. */
export interface NetworkUse {
  link: Link
  /** The port that the program listens on. */
  port: number
  reach: readonly LoopbackPort[]
}

/**
 * nftables' rules within a network of its own; the host gets none.
 *
 * Requests come from nginx over the link. The program sees them come from its own loopback, to its own loopback: so it
 * gets them whichever address it listens on, and trusts what programs trust by default in a proxy beside them
 * (`X-Forwarded-*`). Nothing else comes in over the link. A resolver on the host's loopback, such as systemd-resolved's,
 * is reached by the way out.
 */
export function networkRules({ link: { host }, port, reach }: NetworkUse): string {
  const { ipv4, ipv6 } = WAY_OUT
  return `table inet ${RULES_TABLE} {
  set ${REFUSED_SET} { type inet_service; size ${REFUSED_PORTS}; flags dynamic; }
  chain arriving {
    type nat hook prerouting priority dstnat;
    iifname ${LINK_DEVICE} ip saddr ${host.ipv4} tcp dport ${port} dnat ip to 127.0.0.1
    iifname ${LINK_DEVICE} ip6 saddr ${host.ipv6} tcp dport ${port} dnat ip6 to ::1
  }
  chain from_loopback {
    type nat hook input priority srcnat;
    iifname ${LINK_DEVICE} ip daddr 127.0.0.1 snat ip to 127.0.0.1
    iifname ${LINK_DEVICE} ip6 daddr ::1 snat ip6 to ::1
  }
  chain input {
    type filter hook input priority filter;
    iifname ${LINK_DEVICE} ct state established accept
    iifname ${LINK_DEVICE} ct status dnat accept
    iifname ${LINK_DEVICE} meta l4proto ${ICMPV6} accept
    iifname ${LINK_DEVICE} drop
    iifname lo tcp flags & (rst | ack) == rst | ack tcp sequence 0 add @${REFUSED_SET} { tcp sport }
  }
${halfReached(reach)}  chain resolver {
    type nat hook output priority dstnat;
    ip daddr 127.0.0.0/8 meta l4proto { tcp, udp } th dport 53 dnat ip to ${ipv4.resolver}
    ip6 daddr ::1 meta l4proto { tcp, udp } th dport 53 dnat ip6 to ${ipv6.resolver}
  }
  chain from_way_out {
    type nat hook postrouting priority srcnat;
    oifname ${WAY_OUT.device} ip saddr 127.0.0.0/8 snat ip to ${ipv4.own}
    oifname ${WAY_OUT.device} ip6 saddr ::1 snat ip6 to ${ipv6.own}
  }
}
`
}

/**
 * pasta(1) takes connections to a port on both loopback addresses, and only then finds out whether the host's takes them:
 * who tries `localhost` by IPv6 first must be refused there, or would never try IPv4.
 */
function halfReached(reach: readonly LoopbackPort[]): string {
  const has = (address: LoopbackPort['address'], port: number) =>
    reach.some((one) => one.address === address && one.port === port)
  const rules = [...new Set(reach.map(({ port }) => port))].flatMap((port) => [
    ...(has('127.0.0.1', port) ? [] : [`    ip daddr 127.0.0.1 tcp dport ${port} reject with tcp reset\n`]),
    ...(has('::1', port) ? [] : [`    ip6 daddr ::1 tcp dport ${port} reject with tcp reset\n`]),
  ])
  // A chain without rules would still be gone through with every packet.
  if (rules.length === 0) return ''
  return `  chain reach {\n    type filter hook output priority filter;\n${rules.join('')}  }\n`
}
