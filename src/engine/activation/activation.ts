import type { GuardConfig, SystemConfig } from '../../config/resolved.js'
import type { Item, SecretValue, SystemItem } from '../../contract/activation.js'
import type { ClosurePath, Manifest } from '../../contract/release.js'
import type { Assets } from '../../nix/assets.js'
import type { Voter } from '../ballot.js'
import type { UrlCheck } from '../public-urls.js'

/** An item of an activation, and what its host need not know of it. */
export interface ActivationItem {
  item: Item
  /** The release, or the generation, that it has now, for people; what is put back is what the host finds. */
  from: number | null
  /** Whether nothing of it can change who gets in to the host. */
  unprivileged: boolean
  /** A system's own limits. */
  limits?: Pick<GuardConfig, 'activateMs' | 'confirmMs'> | undefined
}

/** A release that a host lacks. */
export interface MissingRelease {
  number: number
  manifest: Manifest
  closure: ClosurePath[]
  assets: Assets | null
}

/** The values of secrets that a host lacks, and the keys that their versions are made with. */
export interface MissingSecrets {
  values: SecretValue[]
  keys: { service: string; key: string }[]
}

/** What a host is to do in one activation. */
export interface Activation {
  items: readonly ActivationItem[]
  releases: readonly MissingRelease[]
  secrets: MissingSecrets
  /** What it is, for whoever meets it on the host. */
  what: string
  guard: GuardConfig
  /** The deployer's own look at what serves, before it confirms. */
  urls?: UrlCheck | undefined
  /** With other hosts: all are confirmed, or none. */
  voter?: Voter | undefined
}

export const NO_SECRETS: MissingSecrets = { values: [], keys: [] }

/** An item that makes a system of the config current. */
export function systemItem(
  { name, user, profile, profileName, confirm, revert, activateMs, confirmMs }: SystemConfig,
  { from, ...own }: Pick<SystemItem, 'to' | 'action' | 'generation' | 'mode'> & { from: number | null },
): ActivationItem {
  return {
    item: { kind: 'system', name, ...own, user, profile: profile ?? null, profileName, confirm, revert },
    from,
    // A system may change everything.
    unprivileged: false,
    limits: { activateMs, confirmMs },
  }
}
