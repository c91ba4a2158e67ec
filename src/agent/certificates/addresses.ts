import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Addresses that no public server can reach (RFC 1918, 6598, 3927, 4193, 4291). */
const PRIVATE = blockList([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
  ['fe80::', 10],
])

/** Addresses that mean this host or this link alone. */
const LOCAL = blockList([
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['::1', 128],
  ['fe80::', 10],
])

const LOOPBACK = blockList([
  ['127.0.0.0', 8],
  ['::1', 128],
])

function blockList(nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, familyOf(net))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

export function isPrivate(address: string): boolean {
  return PRIVATE.check(address, familyOf(address))
}

export function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, familyOf(address))
}

/** This host's addresses that others may reach it at. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.map(({ address }) => address).filter((address) => !LOCAL.check(address, familyOf(address)))
}
