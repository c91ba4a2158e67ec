import type { Activation, NewRelease } from './bundle.js'
import type { HookOrder } from './hook-order.js'
import type { Outcome } from './outcome.js'
import type { Session } from './session.js'

/** What a plan has a host do, as data. */
type Planned = Pick<Session, 'host' | 'plan' | 'prepared'>

/** The releases a host lacks for its plan. */
export function newReleases({ plan, prepared }: Planned): NewRelease[] {
  return plan.services
    .filter(({ status }) => status === 'new' || status === 'changed')
    .map((item) => ({
      plan: item,
      assets: prepared.services.find(({ built }) => built.service.name === item.service)?.assets ?? null,
    }))
}

/** What a host is to activate: systems in the order of the config, then services. */
export function activationsOf(
  { host, plan }: Planned,
  hooks: Pick<HookOrder, 'leads'>,
  canary?: number,
): Activation[] {
  const systems = plan.systems
    .filter(({ status }) => status !== 'unchanged')
    .map(({ system, to, from, mode, config }): Activation => {
      const base = { kind: 'system', name: system, to, expected: from, mode, system: config } as const
      return { ...base, action: 'deploy', generation: null }
    })
  const services = plan.services
    .filter(({ status }) => status !== 'unchanged')
    .map(({ service, number, from, status }): Activation => {
      const action = status === 'stopped' ? 'restart' : canary === undefined ? 'deploy' : 'canary'
      const base = { kind: 'service', name: service, to: number, expected: from } as const
      return {
        ...base,
        action,
        hooks: hooks.leads(host.name, service),
        percent: action === 'canary' ? canary : undefined,
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
