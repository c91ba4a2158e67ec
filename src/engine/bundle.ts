import type { GuardConfig, SystemConfig } from '../config/resolved.js'
import { createArchive } from '../nix/archive.js'
import type { Assets } from '../nix/assets.js'
import type { ServicePlan } from '../plan/plan.js'
import type { SystemMode } from '../plan/system-mode.js'

/** What one service is to become. */
export interface ServiceActivation {
  kind: 'service'
  name: string
  /** The release. */
  to: number
  /** The release that must be current still; null for none. */
  expected: number | null
  action: 'deploy' | 'rollback' | 'restart' | 'promote' | 'canary'
  /** For a canary: how many of a hundred requests it gets. */
  percent?: number | undefined
  /** Whether its hooks run on this host: on one of several. */
  hooks: boolean
}

/** What one system is to become. */
export interface SystemActivation {
  kind: 'system'
  name: string
  /** The store path. */
  to: string
  /** The generation its profile is at, for people; what is put back is what the host finds. */
  expected: number | null
  action: 'deploy' | 'rollback'
  /** The generation to go to, where it exists already. */
  generation: number | null
  mode: SystemMode
  system: SystemConfig
}

/** An item of an activation. */
export type Activation = ServiceActivation | SystemActivation

/** A release the host doesn't have yet. */
export interface NewRelease {
  plan: ServicePlan
  assets: Assets | null
}

/** How a host guards an activation. */
export interface GuardSettings {
  guard: GuardConfig
  /** `all`: what succeeded is put back too when another item of it fails. */
  policy: 'each' | 'all'
  /** What a confirmation must carry. */
  nonce: string
}

/** The archive `slipway-host apply` takes: the request, the guard's settings, and new releases. */
export async function bundle(
  activations: readonly Activation[],
  releases: readonly NewRelease[],
  settings: GuardSettings,
): Promise<Uint8Array> {
  const archive = createArchive()
  archive.add('request', activations.map((item) => `${requestWords(item).join(' ')}\n`).join(''))
  archive.add('settings', settingsText(settings))
  archive.add('nonce', `${settings.nonce}\n`)
  for (const { plan, assets } of releases) {
    const folder = `releases/${plan.service}/${plan.number}`
    for (const [path, text] of Object.entries(plan.release.files)) archive.add(`${folder}/${path}`, text)
    archive.add(`${folder}/package-path`, `${plan.release.manifest.package}\n`)
    for (const file of assets?.files ?? []) {
      archive.add(`${folder}/assets/${file.path}`, file.content, file.executable)
    }
  }
  return archive.finish()
}

const yesNo = (value: boolean) => (value ? 'yes' : 'no')

function requestWords(item: Activation): (string | number)[] {
  if (item.kind === 'service') {
    const action = item.percent === undefined ? item.action : `${item.action}:${item.percent}`
    return ['service', item.name, item.to, item.expected ?? '-', action, yesNo(item.hooks)]
  }
  const { system } = item
  return [
    ...['system', item.name, item.to, item.action, item.generation ?? '-', item.mode, system.user],
    ...[yesNo(system.confirm), yesNo(system.revert), system.profile ?? '-', system.profileName],
  ]
}

/** How long a host that has been reached waits for others: they may be at work as long as it may itself. */
export function holdMs(guard: GuardConfig): number {
  return guard.activateMs
}

const seconds = (ms: number) => Math.ceil(ms / 1000)

function settingsText({ guard, policy }: GuardSettings): string {
  const { escalate } = guard
  const settings: Record<string, string | number> = {
    policy,
    activate: seconds(guard.activateMs),
    confirm: seconds(guard.confirmMs),
    ...(policy === 'all' && { hold: seconds(holdMs(guard)) }),
    ...(escalate && {
      escalate_network: seconds(escalate.networkMs),
      escalate_units: escalate.units?.join(' ') ?? '',
      escalate_reboot: escalate.rebootMs === undefined ? '' : seconds(escalate.rebootMs),
    }),
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
