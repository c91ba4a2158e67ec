import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CallFailed, failed, failureText } from '../../contract/failure.js'
import { nameIn } from '../../contract/service.js'
import { ACME_PATH } from '../../release/nginx-server.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink } from '../files.js'
import { primaryGroup } from '../nginx/facts.js'
import { nginxUnit } from '../nginx/unit.js'
import type { Pair } from './pair.js'
import { certificatePlaces, PRIVATE_FILE, PRIVATE_FOLDER } from './places.js'
import { CertificateProblem } from './problem.js'
import { HTTPS_PORT } from './serves-tls.js'
import type { Serving } from './serving.js'
import { writeFacts } from './state.js'
import type { Facts } from './state-schema.js'

/** Takes a pair that was found to be good into use. Where nginx does not take it, the one before is put back. */
export async function installPair(
  agent: Agent,
  serving: Serving,
  domain: string,
  pair: Pair,
  facts: Facts,
): Promise<void> {
  const { name, versions, current, use } = await storePair(agent, domain, pair, facts)
  const old = await readLink(current)
  await serving.markUnread()
  const why = await problemOf(async () => {
    await use()
    await serving.publish({ reload: true })
    if (!(await serving.servesTls(nameIn(domain)))) throw failed(`it does not answer on port ${HTTPS_PORT}`)
  })
  if (why !== undefined) {
    if (old === undefined) await agent.files.remove(current)
    else await agent.files.link(old, current)
    await serving
      .publish({ reload: true })
      .catch((error) =>
        agent.log.error(`nginx was not told of ${domain}'s old certificate: ${textOf(error)}`),
      )
    await agent.files.remove(join(versions, name))
    throw new CertificateProblem('other', `nginx does not take it: ${why}`)
  }
  for (const other of await listFolder(versions)) {
    if (other !== name) await agent.files.remove(join(versions, other))
  }
}

/** Writes a pair as a version of its domain, which nginx reads once `use` has made it the current one. */
export async function storePair(agent: Agent, domain: string, pair: Pair, facts: Facts) {
  const dir = certificatePlaces(agent).domain(domain)
  const versions = join(dir, 'versions')
  const current = join(dir, 'current')
  const name = `${Math.floor(Date.now() / 1000)}-${randomBytes(3).toString('hex')}`
  const version = join(versions, name)
  await agent.files.makeFolder(versions, PRIVATE_FOLDER)
  await agent.files.makeFolder(version, PRIVATE_FOLDER)
  await agent.files.write(join(version, 'fullchain.pem'), pair.certificate, PRIVATE_FILE)
  await agent.files.write(join(version, 'key.pem'), pair.key, PRIVATE_FILE)
  await writeFacts(agent, version, facts)
  await makeReadable(agent)
  return { name, versions, current, use: () => agent.files.link(`versions/${name}`, current) }
}

/** The folders of certificates. nginx's workers read answers to challenges; all else is root's. */
export async function layOut(agent: Agent): Promise<void> {
  const { root, domains, webroot } = certificatePlaces(agent)
  await agent.files.makeFolder(root)
  await agent.files.makeFolder(domains, PRIVATE_FOLDER)
  await agent.files.makeFolder(`${webroot}${ACME_PATH}`)
}

/** Why work came to nothing; undefined: it didn't. */
async function problemOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return textOf(error)
  }
}

function textOf(error: unknown): string {
  return error instanceof CallFailed ? failureText(error.failure) : String(error)
}

/** A master process that is not root's, as on NixOS, reads keys by its group. */
async function makeReadable(agent: Agent): Promise<void> {
  const { user } = await nginxUnit(agent)
  if (user === '') return
  const group = await primaryGroup(agent, user)
  if (group === undefined) throw failed(`nginx runs as ${user}, whom this host does not know`)
  const { domains } = certificatePlaces(agent)
  for (const argv of [
    ['chgrp', '-R', '--', group, domains],
    ['chmod', '-R', 'g+rX', '--', domains],
  ]) {
    const { code, stderr } = await agent.run(argv)
    if (code !== 0)
      throw failed(`certificates could not be given to the group ${group}`, { why: stderr.trim() })
  }
}
