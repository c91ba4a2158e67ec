import { type Key, keyRightsText } from '../../contract/key.js'
import type { KeyRecord } from './key-record.js'

/** A domain, and a path that begins and ends with a slash: what lies below it may be served. */
export interface Grant {
  domain: string
  path: string
}

/** What a key may do: deploy services, each at some URLs; look at all of the host. */
export interface Rights extends Key {
  services: readonly ServiceRights[]
  observe: boolean
}

export interface ServiceRights {
  service: string
  routes: readonly Grant[]
}

export function keyRights({ service, name }: Key, record: Pick<KeyRecord, 'services' | 'observe'>): Rights {
  return { service, name, services: record.services, observe: record.observe }
}

/** What a key may do with a service; undefined: nothing. */
export function rightsFor({ services }: Rights, service: string): ServiceRights | undefined {
  return services.find((one) => one.service === service)
}

export function mayDeploy(rights: Rights, service: string): boolean {
  return rightsFor(rights, service) !== undefined
}

/** How long a grant for a URL is, of those that cover it: the longer, the more exact; undefined: none covers it. */
export function grantFor({ routes }: ServiceRights, domain: string, path: string): number | undefined {
  const lengths = routes
    .filter((grant) => grant.domain === domain && path.startsWith(grant.path))
    .map((grant) => grant.path.length)
  return lengths.length === 0 ? undefined : Math.max(...lengths)
}

/** Whether a key may no longer do something that it might before. */
export function losesRights(
  before: Pick<Rights, 'services' | 'observe'>,
  now: Pick<Rights, 'services' | 'observe'>,
): boolean {
  if (before.observe && !now.observe) return true
  return before.services.some(({ service, routes }) => {
    const left = now.services.find((one) => one.service === service)
    return (
      left === undefined || !routes.every(({ domain, path }) => grantFor(left, domain, path) !== undefined)
    )
  })
}

export function sameKey(one: Key | null, other: Key | null): boolean {
  return one !== null && other !== null && one.service === other.service && one.name === other.name
}

/** A key, as people know it. */
export function keyText({ service, name }: Key): string {
  return service === null ? `key ${name}` : `key ${name} of ${service}`
}

/** Who did something, as history and turns name them. */
export function keyWho(who: string, { name }: Key): string {
  return `${who} (key ${name})`
}

/** The answer to whatever a key may not ask for. */
export function refusedText({ services, observe }: Pick<Rights, 'services' | 'observe'>): string {
  const names = services.map(({ service }) => service)
  return `this key ${keyRightsText({ services: names, observe })}, and does nothing else`
}
