import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { join } from 'node:path'
import { ACME_PATH } from '../../release/nginx-server.js'
import type { Agent } from '../agent.js'
import { isLoopback, isPrivate, ownAddresses } from './addresses.js'
import { AnswerTooLong, ask } from './http.js'
import { certificatePlaces } from './places.js'
import { CertificateProblem } from './problem.js'

const SELF_CHECK_MS = 5_000
/** The answer is a word of ours; whatever is longer is somebody else's. */
const SELF_CHECK_BYTES = 4_096
const SELF_CHECK_REDIRECTS = 3

/** What this host has, who tells where domains lead, and what is there. */
export interface Network {
  own(): string[]
  /** The addresses that DNS has for a domain; throws as `lookup` of node:dns does. */
  addresses(domain: string): Promise<string[]>
  /** What a URL gives at an address that its domain is taken to have; throws where nobody answers. */
  get(url: string, address: string): Promise<string>
}

const NETWORK: Network = {
  own: ownAddresses,
  addresses: async (domain) => (await lookup(domain, { all: true })).map(({ address }) => address),
  get: async (url, address) => {
    const answer = await ask(url, {
      address,
      timeoutMs: SELF_CHECK_MS,
      maxBytes: SELF_CHECK_BYTES,
      redirects: SELF_CHECK_REDIRECTS,
    })
    return answer.body.toString()
  },
}

/**
 * Sees that the addresses of a domain are this host's, or lead to it: asking an ACME server costs of a limit that is soon
 * used up. Throws what stands against it.
 */
export async function requireLeadsHere(
  agent: Agent,
  domain: string,
  network: Network = NETWORK,
): Promise<void> {
  const own = network.own()
  for (const address of await addressesOf(domain, network)) {
    // /etc/hosts calls this host so.
    if (own.includes(address) || isLoopback(address)) continue
    // Behind a router or a proxy its address is another: then it is seen by what answers there.
    const answers = await whoAnswers(agent, domain, address, network)
    if (answers === 'this host') continue
    // Many routers don't lead their own networks back in: what can't be seen from inside may be so.
    if (answers === 'nobody' && !isPrivate(address) && own.every(isPrivate)) continue
    throw new CertificateProblem(
      'dns',
      `DNS leads ${domain} to ${address}, which is not this host: it has ${own.join(' ')}`,
    )
  }
}

/** What `lookup` says of a domain that has no address. */
const NO_ADDRESS = new Set(['ENOTFOUND', 'ENODATA'])

async function addressesOf(domain: string, network: Network): Promise<string[]> {
  try {
    const found = [...new Set(await network.addresses(domain))]
    if (found.length > 0) return found
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!NO_ADDRESS.has(code)) {
      throw new CertificateProblem(
        'dns',
        `DNS could not be asked about ${domain}: ${(error as Error).message}`,
      )
    }
  }
  throw new CertificateProblem('dns', `DNS has no address for ${domain}`)
}

/** Asks for a file of ours at an address. */
async function whoAnswers(
  agent: Agent,
  domain: string,
  address: string,
  network: Network,
): Promise<'this host' | 'somebody else' | 'nobody'> {
  const word = `slipway-${randomBytes(8).toString('hex')}`
  const file = join(certificatePlaces(agent).webroot, ACME_PATH, word)
  await agent.files.write(file, word)
  try {
    const body = await network.get(`http://${domain}${ACME_PATH}/${word}`, address)
    return body === word ? 'this host' : 'somebody else'
  } catch (error) {
    return error instanceof AnswerTooLong ? 'somebody else' : 'nobody'
  } finally {
    await agent.files.remove(file)
  }
}
