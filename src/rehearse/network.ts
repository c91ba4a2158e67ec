import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { SlipwayError } from '../errors.js'
import { commandError } from './command.js'

/** Joins this machine and its throwaway hosts, and nothing else: no packet leaves it. */
export const BRIDGE = 'slipway0'
/** Bits of an address that all hosts share. */
export const PREFIX_LENGTH = 24
const SUBNET = '10.213.77'
/** This machine's own address on the bridge. */
export const GATEWAY = `${SUBNET}.1`
const FIRST_HOST = 2
const LAST_HOST = 254

/** How soon to ask again who has an address: a booting host should be found when it is there, not 1 s later. */
const ARP_RETRY_MS = 50

/** The first address that none of the hosts has. */
export function freeAddress(taken: readonly string[]): string {
  for (let host = FIRST_HOST; host <= LAST_HOST; host++) {
    const address = `${SUBNET}.${host}`
    if (!taken.includes(address)) return address
  }
  throw new SlipwayError({
    what: 'There is no address left for another throwaway host',
    why: `All of ${SUBNET}.${FIRST_HOST} to ${SUBNET}.${LAST_HOST} are taken`,
    next: 'slipway rehearse list, then slipway rehearse down NAME',
  })
}

/**
 * What nspawn calls the host. It names the network interface after it ("vb-" in front), and those
 * have 15 characters at most, so the number of the address stands in for the host's name.
 */
export function machineName(address: string): string {
  return `slipway-${address.slice(SUBNET.length + 1)}`
}

/** The host's network interface on this machine. */
export function interfaceName(address: string): string {
  return `vb-${machineName(address)}`
}

/** Makes sure that the bridge exists and is up. Call it under the network lock. */
export async function ensureBridge(): Promise<void> {
  if (!interfaceExists(BRIDGE)) await ip(['link', 'add', BRIDGE, 'type', 'bridge'])
  await ip(['address', 'replace', `${GATEWAY}/${PREFIX_LENGTH}`, 'dev', BRIDGE])
  await ip(['link', 'set', BRIDGE, 'up'])
  await writeFile(`/proc/sys/net/ipv4/neigh/${BRIDGE}/retrans_time_ms`, String(ARP_RETRY_MS))
}

/** Removes the bridge. Call it under the network lock, when no host is left. */
export async function removeBridge(): Promise<void> {
  if (interfaceExists(BRIDGE)) await ip(['link', 'delete', BRIDGE])
}

/** Removes the interface of a host that was killed; the kernel takes a while to do so by itself. */
export async function removeInterface(address: string): Promise<void> {
  const name = interfaceName(address)
  if (!interfaceExists(name)) return
  // It may vanish in between, which is just as good.
  await execa('ip', ['link', 'delete', name], { reject: false })
}

function interfaceExists(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`)
}

async function ip(args: string[]): Promise<void> {
  const result = await execa('ip', args, { reject: false })
  if (result.failed) {
    throw commandError(
      { what: `Cannot set up the network of throwaway hosts: ip ${args.join(' ')} failed` },
      result,
    )
  }
}
