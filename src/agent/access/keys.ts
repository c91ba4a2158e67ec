import pLimit from 'p-limit'
import { failed } from '../../contract/failure.js'
import type { KeyReport, Params, Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { deployUser } from './deploy-user.js'
import {
  deleteKey,
  isKeyName,
  type KeyRecord,
  migrateKeys,
  readKey,
  readKeys,
  type StoredKey,
  writeKey,
} from './key-record.js'
import { fingerprint, isPublicKey, isSigningKey } from './public-key.js'
import { ETC, isNixos, publishKeys, signingKeys } from './publish.js'
import type { KeySession } from './rights.js'

/** One change at a time: what sshd goes by is made from all records. */
const turn = pLimit(1)

/** A domain and a path that a key may serve; of the path, the parts between its slashes. */
const DOMAIN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/
const PATH = /^\/([A-Za-z0-9._~-]+\/)*$/

export async function listKeys(agent: Agent): Promise<Result<'listKeys'>> {
  const keys = await readKeys(agent)
  return { user: (await deployUser(agent)) ?? null, keys: keys.map(keyReport) }
}

function keyReport({ service, name, record }: StoredKey): KeyReport {
  return {
    service,
    name,
    fingerprint: fingerprint(record.key),
    routes: record.routes.map(({ domain, path }) => `${domain}${path}`),
    signing: record.signing,
    added: record.added,
  }
}

/** Authorises a key, or changes what it may serve. */
export function addKey(agent: Agent, params: Params<'addKey'>, etc = ETC): Promise<Result<'addKey'>> {
  return turn(async () => {
    const user = await requireUser(agent, params)
    await requireValid(agent, params)
    const { service, name, key, routes, signing } = params
    const holder = (await readKeys(agent)).find(
      (other) => other.record.key === key && !(other.service === service && other.name === name),
    )
    if (holder !== undefined) {
      throw failed(
        `this host knows that key already, as ${holder.service}/${holder.name}: a key is for one service`,
      )
    }
    const known = await readKey(agent, { service, name })
    const added = known?.key === key ? known.added : Math.floor(Date.now() / 1000)
    const record: KeyRecord = { version: 1, key, routes, signing, added }
    await migrateKeys(agent)
    await writeKey(agent, { service, name }, record)
    const keys = await readKeys(agent)
    await publishKeys(agent, keys, etc)
    return {
      fingerprint: fingerprint(key),
      user,
      changed: known === undefined || !isSame(known, record),
      manual: await manualSteps(agent, keys, etc),
    }
  })
}

/** Ends a key's access. What it has open still, the caller ends. */
export function removeKey(agent: Agent, { service, name }: KeySession, etc = ETC): Promise<void> {
  return turn(async () => {
    await requireUser(agent, { service, name })
    if ((await readKey(agent, { service, name })) === undefined) {
      throw failed(`the host has no key ${name} of ${service}`)
    }
    await migrateKeys(agent)
    // The record first: without it the agent refuses whoever sshd lets in still.
    await deleteKey(agent, { service, name })
    await publishKeys(agent, await readKeys(agent), etc)
  })
}

/** Keys for a service are for it under its new name. */
export function renameKeys(agent: Agent, from: string, to: string, etc = ETC): Promise<void> {
  return turn(async () => {
    const own = (await readKeys(agent)).filter(({ service }) => service === from)
    if (own.length === 0) return
    for (const { name, record } of own) {
      await writeKey(agent, { service: to, name }, record)
      await deleteKey(agent, { service: from, name })
    }
    await publishKeys(agent, await readKeys(agent), etc)
  })
}

async function requireUser(agent: Agent, { service, name }: KeySession): Promise<string> {
  if (!isKeyName(service) || !isKeyName(name)) throw failed('keys: not the name of a service and a key')
  const user = await deployUser(agent)
  if (user === undefined) throw failed('this host has no deploy user yet')
  return user
}

async function requireValid(agent: Agent, { key, routes, signing }: Params<'addKey'>): Promise<void> {
  for (const { domain, path } of routes) {
    if (DOMAIN.test(domain) && PATH.test(path) && !`${domain}${path}`.includes('..')) continue
    throw failed(`not a domain and a path: ${domain} ${path}`)
  }
  if (!(await isPublicKey(agent, key))) throw failed('that is not one public key of ssh')
  if (signing !== null && !isSigningKey(signing)) {
    throw failed(`that is not a public key of Nix: ${signing}`)
  }
}

function isSame(one: KeyRecord, other: KeyRecord): boolean {
  const text = ({ key, routes, signing }: KeyRecord) =>
    JSON.stringify([key, signing, routes.map(({ domain, path }) => [domain, path])])
  return text(one) === text(other)
}

/** What only the owner of a NixOS configuration can do. */
async function manualSteps(agent: Agent, keys: readonly StoredKey[], etc: string): Promise<string | null> {
  if (!(await isNixos(etc))) return null
  const { stdout } = await agent.run(['nix', '--extra-experimental-features', 'nix-command', 'show-config'])
  const known = /^trusted-public-keys = (.*)$/m.exec(stdout)?.[1]?.split(' ') ?? []
  const lines = signingKeys(keys)
    .filter((key) => !known.includes(key))
    .map(
      (key) =>
        `add to the NixOS configuration, and switch to it: nix.settings.trusted-public-keys = [ "${key}" ];`,
    )
  return lines.length === 0 ? null : lines.join('\n')
}
