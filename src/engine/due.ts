import { packagesOf } from '../contract/release.js'
import { isUnprivileged } from '../release/privileges.js'
import { type ActivationItem, type MissingRelease, systemItem } from './activation/activation.js'
import type { Outcome } from './activation/outcome.js'
import type { ApplyOptions } from './apply-plans.js'
import type { HookOrder } from './hook-order.js'
import type { Realisable } from './realise-there.js'
import type { Session } from './session.js'

/** What a plan has a host do, as data. */
type Planned = Pick<Session, 'host' | 'plan' | 'prepared'>

/** The releases a host lacks for its plan. */
export function missingReleases({ plan, prepared }: Planned): MissingRelease[] {
  return plan.services
    .filter(({ status }) => status === 'new' || status === 'changed')
    .map(({ service, number, manifest, closure }) => ({
      ...{ number, manifest, closure },
      assets: prepared.services.find(({ built }) => built.service.name === service)?.assets ?? null,
    }))
}

/** The packages of the releases that a host lacks, and what makes them. */
export function missingPackages(planned: Planned): Realisable[] {
  return missingReleases(planned).map(({ manifest: { service, package: path } }) => ({
    service: service.name,
    package: path,
    derivation:
      planned.prepared.services.find(({ built }) => built.service.name === service.name)?.derivation ?? null,
  }))
}

/** The store paths a host lacks for its plan. */
export function missingPaths(planned: Planned): string[] {
  return [
    ...missingReleases(planned).flatMap(({ manifest }) => packagesOf(manifest)),
    ...planned.plan.systems.filter(({ status }) => status !== 'unchanged').map(({ to }) => to),
  ]
}

/** What a host is to activate: systems in the order of the config, then services. */
export function itemsOf(
  { host, plan }: Planned,
  hooks: Pick<HookOrder, 'leads'>,
  {
    canary,
    project,
    takeOver,
    adopts = {},
  }: Pick<ApplyOptions, 'canary' | 'project' | 'takeOver' | 'adopts'>,
): ActivationItem[] {
  const systems = plan.systems
    .filter(({ status }) => status !== 'unchanged')
    .map(({ to, from, mode, config }): ActivationItem => {
      return systemItem(config, { to, from, mode, action: 'deploy', generation: null })
    })
  const services = plan.services
    .filter(({ status }) => status !== 'unchanged')
    .map(({ service: name, number, from, status, manifest }): ActivationItem => {
      const action = status === 'stopped' ? 'restart' : canary === undefined ? 'deploy' : 'canary'
      return {
        item: {
          ...{ kind: 'service', name, to: number, expected: from, action },
          ...(action === 'canary' && { percent: canary }),
          hooks: hooks.leads(host.name, name),
          project: project.name,
          takeOver,
          ...(adopts[name] && { adopts: adopts[name] }),
        },
        from,
        // What it takes over is the host's.
        unprivileged: adopts[name] === undefined && isUnprivileged(manifest.service),
      }
    })
  return [...systems, ...services]
}

/** What there is to say of what stays as it is. */
export function unchangedOutcomes({ host, plan }: Planned): Outcome[] {
  const items = [
    ...plan.systems.map(({ system, status, from }) => ({
      ...{ kind: 'system' as const, name: system, status },
      number: from,
    })),
    ...plan.services.map(({ service, status, number }) => ({
      ...{ kind: 'service' as const, name: service, status },
      number,
    })),
  ]
  return items
    .filter(({ status }) => status === 'unchanged')
    .map(({ kind, name, number }) => ({
      ...{ host: host.name, kind, name, result: 'unchanged' as const },
      ...{ release: number, previous: number, serving: number, reason: null, journal: null, notes: [] },
    }))
}
