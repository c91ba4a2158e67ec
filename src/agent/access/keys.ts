import { isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import { failed } from '../../contract/failure.js'
import type { Key } from '../../contract/key.js'
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
import { keyText, sameKey } from './rights.js'
import { retireSigningTrust } from './signing-trust.js'

/** One change at a time: what sshd goes by is made from all records. */
const turn = pLimit(1)

/** A domain and a path that a key may serve; of the path, the parts between its slashes. */
const DOMAIN = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/
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
    services: record.services.map((one) => ({
      service: one.service,
      routes: one.routes.map(({ domain, path }) => `${domain}${path}`),
    })),
    observe: record.observe,
    added: record.added,
  }
}

/** What a key is known by: the service, where it is for one alone. */
export function keyOf({
  name,
  services,
  observe,
}: Pick<Params<'addKey'>, 'name' | 'services' | 'observe'>): Key {
  const [only] = services
  return { service: services.length === 1 && only !== undefined && !observe ? only.service : null, name }
}

/** Authorises a key, or changes what it may do. */
export function addKey(agent: Agent, params: Params<'addKey'>, etc = ETC): Promise<Result<'addKey'>> {
  return turn(async () => {
    const { key, services, observe } = params
    const id = keyOf(params)
    const user = await requireUser(agent, [id, ...services.map(({ service }) => ({ ...id, service }))])
    await requireValid(agent, params)
    const changes = createChanges(false)
    await retireSigningTrust(agent, changes, etc)
    await untrustingSettings(agent, user)
    const holder = (await readKeys(agent)).find((other) => other.record.key === key && !sameKey(other, id))
    if (holder !== undefined) {
      const service = holder.service === null ? '' : ` --service ${holder.service}`
      throw failed(`this host knows that key already, as the ${keyText(holder)}`, {
        why: 'A key is one entry, with all that it may do.',
        next: `slipway keys remove HOST ${holder.name}${service}, then add it with all of its rights`,
      })
    }
    const known = await readKey(agent, id)
    const added = known?.key === key ? known.added : Math.floor(Date.now() / 1000)
    const signing = known?.signing ?? null
    const record: KeyRecord = { version: 2, key, services, observe, signing, added }
    await migrateKeys(agent)
    await writeKey(agent, id, record)
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
export function removeKey(agent: Agent, key: Key, etc = ETC): Promise<Result<'removeKey'>> {
  return turn(async () => {
    await requireUser(agent, [key])
    if ((await readKey(agent, key)) === undefined) {
      const named = (await readKeys(agent)).filter(({ name }) => name === key.name)
      throw failed(`the host has no ${keyText(key)}`, {
        why: named.length === 0 ? undefined : `It has the ${named.map(keyText).join(' and the ')}.`,
        next: '`slipway keys list` shows what there is',
      })
    }
    await migrateKeys(agent)
    // The record first: without it the agent refuses whoever sshd lets in still.
    await deleteKey(agent, key)
    await publishKeys(agent, await readKeys(agent))
    const changes = createChanges(false)
    await retireSigningTrust(agent, changes, etc)
    return { notes: changes.notes }
  })
}

/** Keys for a service are for it under its new name. */
export function renameKeys(agent: Agent, from: string, to: string): Promise<void> {
  return turn(async () => {
    const own = (await readKeys(agent)).filter(({ record }) =>
      record.services.some(({ service }) => service === from),
    )
    if (own.length === 0) return
    for (const { service, name, record } of own) {
      const services = record.services.map((one) => (one.service === from ? { ...one, service: to } : one))
      await writeKey(agent, { service: service === from ? to : service, name }, { ...record, services })
      if (service === from) await deleteKey(agent, { service, name })
    }
    await publishKeys(agent, await readKeys(agent))
  })
}

async function requireUser(agent: Agent, keys: readonly Key[]): Promise<string> {
  for (const { service, name } of keys) {
    if (isKeyName(name) && (service === null || isKeyName(service))) continue
    throw failed('keys: not the name of a service and a key')
  }
  const user = await deployUser(agent)
  if (user === undefined) throw failed('this host has no deploy user yet')
  return user
}

async function requireValid(agent: Agent, { key, services, observe }: Params<'addKey'>): Promise<void> {
  if (services.length === 0 && !observe) throw failed('a key without any right would be of no use')
  if (new Set(services.map(({ service }) => service)).size < services.length) {
    throw failed('a key is given each service once')
  }
  for (const { domain, path } of services.flatMap(({ routes }) => routes)) {
    if (DOMAIN.test(domain) && PATH.test(path) && !`${domain}${path}`.includes('..')) continue
    throw failed(`not a domain and a path: ${domain} ${path}`)
  }
  if (!(await isPublicKey(agent, key))) throw failed('that is not one public key of ssh')
}

function isSame(one: KeyRecord, other: KeyRecord): boolean {
  return isDeepStrictEqual({ ...one, added: 0 }, { ...other, added: 0 })
}
