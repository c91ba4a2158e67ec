import type { HostPlan } from '../plan/plan.js'

/** Which host runs a service's `before` hooks, so that the others switch after it. */
export interface HookOrder {
  /** Whether a host is the one that runs the hooks of a service. */
  leads(host: string, service: string): boolean
  /** Says that the hooks of a service have run, or that they never will. */
  hooked(service: string, well: boolean): void
  /** Resolves when all hooks have run that a host has to wait for, to those that went wrong. */
  wait(plan: HostPlan): Promise<string[]>
}

/** The first host of each service that changes there leads; a host only ever waits for those before it. */
export function createHookOrder(plans: readonly HostPlan[]): HookOrder {
  const leaders = new Map<string, string>()
  const ended = new Map<string, { promise: Promise<boolean>; resolve: (well: boolean) => void }>()
  for (const { host, services } of plans) {
    for (const { service, status } of services) {
      if (status === 'unchanged' || leaders.has(service)) continue
      leaders.set(service, host)
      let resolve: (well: boolean) => void = () => undefined
      const promise = new Promise<boolean>((settle) => {
        resolve = settle
      })
      ended.set(service, { promise, resolve })
    }
  }
  return {
    leads: (host, service) => leaders.get(service) === host,
    hooked: (service, well) => ended.get(service)?.resolve(well),
    wait: async ({ host, services }) => {
      const waited = services.filter(
        ({ service, status, config }) =>
          status !== 'unchanged' &&
          leaders.get(service) !== host &&
          config.kind === 'service' &&
          config.before.length > 0,
      )
      const results = await Promise.all(waited.map(({ service }) => ended.get(service)?.promise))
      return waited.filter((_, index) => results[index] === false).map(({ service }) => service)
    },
  }
}
