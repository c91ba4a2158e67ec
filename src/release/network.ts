/**
 * The addresses of networks of their own. The port that slipway picks for a slot tells its network from all others of the
 * host: ports are unique there, a service keeps them, and a reboot changes nothing.
 */

/**
 * 198.18.0.0/15 holds two addresses for each of the 65,536 ports, and belongs to nobody: it is kept for benchmarks of
 * routers (RFC 2544, RFC 6890). Of private ranges, 100.64.0.0/10 and link-local addresses some are taken on many a host:
 * by Docker, Kubernetes, Tailscale, a provider's metadata. Only the two addresses of a link get a route.
 */
const IPV4_FIRST = 198 * 2 ** 24 + 18 * 2 ** 16
/** A unique local prefix (RFC 4193) for all links. */
const IPV6_PREFIX = 'fd5c:91b7:e0a4'
/** Of Ethernet addresses that nobody sells (IEEE 802: locally administered). */
const MAC_PREFIX = '02:5c:91'
/** Bits of an address that both ends of a link share: RFC 3021, RFC 6164. */
export const LINK_BITS = { ipv4: 31, ipv6: 127 }

/** One end of a link. */
export interface LinkEnd {
  ipv4: string
  ipv6: string
  mac: string
}

/** What joins a host to a network of its own. */
export interface Link {
  /**
   * The host's interface. DHCP clients leave those alone that begin with `vif`, as those of virtual machines do; NixOS's
   * dhcpcd would ask for an address on any other.
   */
  device: string
  host: LinkEnd
  program: LinkEnd
}

/** The link of the network that a picked port stands for. */
export function linkOf(port: number): Link {
  return { device: `vif-slip-${port}`, host: end(2 * port), program: end(2 * port + 1) }
}

function end(number: number): LinkEnd {
  const [high, low] = [Math.floor(number / 2 ** 16), number % 2 ** 16]
  const bytes = [high, Math.floor(low / 256), low % 256].map((byte) => byte.toString(16).padStart(2, '0'))
  return {
    ipv4: ipv4Text(IPV4_FIRST + number),
    ipv6: `${IPV6_PREFIX}::${high === 0 ? '' : `${high.toString(16)}:`}${low.toString(16)}`,
    mac: `${MAC_PREFIX}:${bytes.join(':')}`,
  }
}

function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.')
}

/** The way out, the same in every network: the addresses that ports 0 to 3, which nobody picks, would have. */
export const WAY_OUT = {
  device: 'out',
  ipv4: {
    own: ipv4Text(IPV4_FIRST + 1),
    bits: 29,
    gateway: ipv4Text(IPV4_FIRST + 2),
    resolver: ipv4Text(IPV4_FIRST + 3),
  },
  ipv6: { own: `${IPV6_PREFIX}:1::1`, gateway: `${IPV6_PREFIX}:1::2`, resolver: `${IPV6_PREFIX}:1::3` },
}
/** The program's end of its link. */
export const LINK_DEVICE = 'host'
