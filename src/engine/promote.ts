import type { Config } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { isHarmless } from '../plan/rollback.js'
import { activateOnHosts } from './activate-on-hosts.js'
import type { Engine } from './engine.js'
import type { ServiceOptions } from './restart.js'
import type { ActivationResult } from './result.js'
import { hostsFor } from './selection.js'

/** Gives a canary all requests. */
export function promote(
  engine: Engine,
  config: Config,
  { service, hosts, wait }: ServiceOptions & { wait: boolean },
): Promise<ActivationResult> {
  const on = { name: service, hosts: hostsFor(config, hosts, service), wait }
  return activateOnHosts(engine, config, on, (report, host) => {
    const there = report.services.find(({ name }) => name === service)
    if (!there?.canary) throw noCanary(service, host.name)
    const { current } = there
    const to = there.canary.release
    return {
      item: {
        item: { kind: 'service', name: service, to, expected: current, action: 'promote', hooks: false },
        from: current,
        unprivileged: isHarmless(there, to),
      },
      what: `promote release ${to} of ${service}`,
    }
  })
}

function noCanary(service: string, host: string): SlipwayError {
  return new SlipwayError({
    what: `${service} has no canary on ${host}`,
    next: `Give a new release a share of the requests first: slipway deploy ${service} --canary 10%`,
  })
}
