import pLimit from 'p-limit'
import { failed } from '../../contract/failure.js'
import type { KeyReport, Params, Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { untrustingSettings } from '../realise/settings.js'
import { createChanges } from '../setup/changes.js'
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
import { fingerprint, isPublicKey } from './public-key.js'
import { ETC, publishKeys } from './publish.js'
import type { KeySession } from './rights.js'
import { retireSigningTrust } from './signing-trust.js'

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
    added: record.added,
  }
}

/** Authorises a key, or changes what it may serve. */
export function addKey(agent: Agent, params: Params<'addKey'>, etc = ETC): Promise<Result<'addKey'>> {
  return turn(async () => {
    const user = await requireUser(agent, params)
    await requireValid(agent, params)
    const changes = createChanges(false)
    await retireSigningTrust(agent, changes, etc)
    await untrustingSettings(agent, user)
    const { service, name, key, routes } = params
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
    const signing = known?.signing ?? null
    const record: KeyRecord = { version: 1, key, routes, signing, added }
    await migrateKeys(agent)
    await writeKey(agent, { service, name }, record)
    await publishKeys(agent, await readKeys(agent))
    return {
      fingerprint: fingerprint(key),
      user,
      changed: known === undefined || !isSame(known, record),
      notes: changes.notes,
    }
  })
}

/** Ends a key's access. What it has open still, the caller ends. */
export function removeKey(
  agent: Agent,
  { service, name }: KeySession,
  etc = ETC,
): Promise<Result<'removeKey'>> {
  return turn(async () => {
    await requireUser(agent, { service, name })
    if ((await readKey(agent, { service, name })) === undefined) {
      throw failed(`the host has no key ${name} of ${service}`)
    }
    await migrateKeys(agent)
    // The record first: without it the agent refuses whoever sshd lets in still.
    await deleteKey(agent, { service, name })
    await publishKeys(agent, await readKeys(agent))
    const changes = createChanges(false)
    await retireSigningTrust(agent, changes, etc)
    return { notes: changes.notes }
  })
}

/** Keys for a service are for it under its new name. */
export function renameKeys(agent: Agent, from: string, to: string): Promise<void> {
  return turn(async () => {
    const own = (await readKeys(agent)).filter(({ service }) => service === from)
    if (own.length === 0) return
    for (const { name, record } of own) {
      await writeKey(agent, { service: to, name }, record)
      await deleteKey(agent, { service: from, name })
    }
    await publishKeys(agent, await readKeys(agent))
  })
}

async function requireUser(agent: Agent, { service, name }: KeySession): Promise<string> {
  if (!isKeyName(service) || !isKeyName(name)) throw failed('keys: not the name of a service and a key')
  const user = await deployUser(agent)
  if (user === undefined) throw failed('this host has no deploy user yet')
  return user
}

async function requireValid(agent: Agent, { key, routes }: Params<'addKey'>): Promise<void> {
  for (const { domain, path } of routes) {
    if (DOMAIN.test(domain) && PATH.test(path) && !`${domain}${path}`.includes('..')) continue
    throw failed(`not a domain and a path: ${domain} ${path}`)
  }
  if (!(await isPublicKey(agent, key))) throw failed('that is not one public key of ssh')
}

function isSame(one: KeyRecord, other: KeyRecord): boolean {
  const text = ({ key, routes }: KeyRecord) =>
    JSON.stringify([key, routes.map(({ domain, path }) => [domain, path])])
  return text(one) === text(other)
}
