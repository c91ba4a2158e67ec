import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'

/** Where a name's addresses are looked for. */
export interface NameSources {
  /** A hosts(5) file. */
  hostsFile: string
  /** DNS servers. Default: those of resolv.conf(5). */
  servers?: string[]
}

const THIS_MACHINE: NameSources = { hostsFile: '/etc/hosts' }

/** How long a DNS server has for an answer, and how often each is asked, so that no look-up outlasts a deploy. */
const SERVER_MS = 2000
const TRIES = 2

/**
 * A way to look names up that can be given up: what the system's own resolver has begun keeps a process from ending,
 * however slow the DNS is. It knows the hosts file and DNS, and no other sources.
 */
export function lookupUntil(signal: AbortSignal, sources = THIS_MACHINE): LookupFunction {
  return (name, { all }, done) => {
    findAddresses(name, signal, sources).then(
      (found) => {
        const [first] = found
        if (all) done(null, found)
        else done(null, first?.address ?? '', first?.family)
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    )
  }
}

/**
 * A name's addresses, those of IPv4 first.
 * @throws Error with the code of the DNS's refusal.
 */
export async function findAddresses(
  name: string,
  signal: AbortSignal,
  { hostsFile, servers }: NameSources,
): Promise<LookupAddress[]> {
  const text = await readFile(hostsFile, 'utf8').catch(() => '')
  const listed = listedAddresses(text, name)
  if (listed.length > 0) return listed
  signal.throwIfAborted()
  const resolver = new Resolver({ timeout: SERVER_MS, tries: TRIES })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const sixes = resolver.resolve6(name).catch((): string[] => [])
    const fours = await resolver.resolve4(name).catch((error: unknown) => {
      signal.throwIfAborted()
      return error
    })
    if (Array.isArray(fours) && fours.length > 0) {
      // Nobody waits for the rest.
      cancel()
      return fours.map((address: string) => ({ address, family: 4 }))
    }
    const found = await sixes
    if (found.length === 0) throw fours
    return found.map((address) => ({ address, family: 6 }))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** What a hosts file says of a name. */
export function listedAddresses(text: string, name: string): LookupAddress[] {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    return names.includes(wanted) ? [{ address, family: address.includes(':') ? 6 : 4 }] : []
  })
}
