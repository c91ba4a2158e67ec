import type { Config } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { isHarmless } from '../plan/rollback.js'
import { activateOnHosts } from './activate-on-hosts.js'
import type { Engine } from './engine.js'
import type { ActivationResult } from './result.js'
import { hostsFor } from './selection.js'

/** What is done to one service, on its hosts unless some are named. */
export interface ServiceOptions {
  service: string
  hosts: readonly string[]
}

/** Restarts a service, and waits until it is healthy. */
export function restart(
  engine: Engine,
  config: Config,
  { service, hosts, wait }: ServiceOptions & { wait: boolean },
): Promise<ActivationResult> {
  const on = { name: service, hosts: hostsFor(config, hosts, service), wait }
  return activateOnHosts(engine, config, on, (report, host) => {
    const there = report.services.find(({ name }) => name === service)
    if (!there?.current) throw notThere(service, host.name)
    const { current } = there
    return {
      item: {
        item: {
          ...{ kind: 'service', name: service, to: current, expected: current },
          ...{ action: 'restart', hooks: false },
        },
        from: current,
        unprivileged: isHarmless(there, current),
      },
      what: `restart ${service}`,
    }
  })
}

function notThere(service: string, host: string): SlipwayError {
  return new SlipwayError({
    what: `${host} has no release of ${service}`,
    next: `Deploy it first: slipway deploy ${service}`,
  })
}
