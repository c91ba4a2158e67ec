import { join } from 'node:path'
import { domainFolder } from '../../contract/paths.js'
import type { Tls } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { ENVIRONMENT } from '../run.js'
import { requireReady } from './acme-ready.js'
import { readEnv } from './env.js'
import { requireLeadsHere } from './leads-here.js'
import { accountIsGone, accountsFolder, legoCommand, legoProblem, type Order } from './lego.js'
import type { Pair } from './pair.js'
import { certificatePlaces, PRIVATE_FOLDER } from './places.js'
import { CertificateProblem } from './problem.js'

export type AcmeTls = Extract<Tls, { from: 'acme' }>

/** What a certificate order may take: DNS records need minutes to spread. */
const ORDER_MS = 600_000
/** Where requests go through a proxy, this process can't ask for itself: lego can. */
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

/** A certificate from an ACME server (RFC 8555), by lego: looked into before it is asked. */
export async function certificateFromAcme(
  agent: Agent,
  domain: string,
  tls: AcmeTls,
  now: () => number,
): Promise<Pair> {
  const { lego, webroot } = certificatePlaces(agent)
  const { code } = await agent.run(['lego', '--version'])
  if (code === 127) {
    throw new CertificateProblem(
      'tool',
      'lego, which asks for certificates, is not installed on this host; `slipway setup` installs it',
    )
  }
  const env = await readEnv(agent)
  if (!PROXIES.some((name) => name in env)) await requireReady(tls.server, now)
  if (tls.challenge === 'http') await requireLeadsHere(agent, domain)
  const email = tls.email ?? (await ownEmail(agent, domain))
  const { server, challenge } = tls
  await agent.files.makeFolder(lego, PRIVATE_FOLDER)
  const order: Order = { domain, server, email, challenge, path: lego, webroot }
  const first = await place(agent, order, env)
  if (!('output' in first)) return first
  if (!accountIsGone(first.output)) throw legoProblem(first.output)
  await agent.files.remove(join(lego, 'accounts', accountsFolder(server)))
  const second = await place(agent, order, env)
  if ('output' in second) throw legoProblem(second.output)
  return second
}

/** Has lego place an order; what it said, where that came to nothing. */
async function place(
  agent: Agent,
  order: Order,
  env: Record<string, string>,
): Promise<Pair | { output: string }> {
  const { code, stdout, stderr, timedOut } = await agent.run(legoCommand(order), {
    timeoutMs: ORDER_MS,
    env: { ...ENVIRONMENT, ...env },
  })
  if (code !== 0) {
    return {
      output: `${stdout}\n${stderr}${timedOut ? `\nlego did not end within ${ORDER_MS / 1000} s` : ''}`,
    }
  }
  const made = join(order.path, 'certificates', domainFolder(order.domain))
  const [certificate, key] = await Promise.all([readText(`${made}.crt`), readText(`${made}.key`)])
  if (certificate === undefined || key === undefined) {
    throw new CertificateProblem('other', `lego left no certificate in ${made}.crt and ${made}.key`)
  }
  await agent.files.remove(`${made}.crt`)
  await agent.files.remove(`${made}.key`)
  return { certificate, key }
}

/** One account for all domains: how many a host may make is limited. */
async function ownEmail(agent: Agent, domain: string): Promise<string> {
  const { email } = certificatePlaces(agent)
  const known = (await readText(email))?.trim()
  if (known) return known
  const chosen = `hostmaster@${domain.replace(/^\*\./, '')}`
  await agent.files.write(email, chosen)
  return chosen
}
