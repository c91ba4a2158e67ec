import type { Config } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { isHarmless, rollbackGeneration, rollbackTarget, type WantedRelease } from '../plan/rollback.js'
import { activateOnHosts } from './activate-on-hosts.js'
import { systemItem } from './activation/activation.js'
import type { Engine } from './engine.js'
import type { ActivationResult } from './result.js'
import { hostsFor, itemOf } from './selection.js'

export interface RollbackOptions {
  /** The service or system. Default: the only one. */
  name: string | undefined
  /** The release or generation to go back to. Default: the good one before. */
  to: WantedRelease | undefined
  /** None: its own. */
  hosts: readonly string[]
  wait: boolean
}

/** Makes an earlier release, or generation, current again. */
export function rollback(
  engine: Engine,
  config: Config,
  { name: given, to: wanted, hosts: names, wait }: RollbackOptions,
): Promise<ActivationResult> {
  const name = itemOf(config, given)
  const system = config.systems.find((one) => one.name === name)
  const hosts = hostsFor(config, names, name)
  return activateOnHosts(engine, config, { name, hosts, wait }, (report, host) => {
    if (system) {
      if (typeof wanted === 'object')
        throw notPossible(name, host.name, 'generations of systems are numbered, and know no commits')
      const there = report.systems.find((one) => one.name === name)
      const found = rollbackGeneration(there, wanted)
      if ('problem' in found) throw notPossible(name, host.name, found.problem)
      const { path: to, generation, from } = found
      return {
        item: systemItem(system, { to, from, generation, action: 'rollback', mode: 'switch' }),
        what: `roll back ${name} to generation ${generation}`,
      }
    }
    const service = report.services.find((one) => one.name === name)
    const found = rollbackTarget(service, wanted)
    if ('problem' in found) throw notPossible(name, host.name, found.problem)
    const { to, from } = found
    return {
      item: {
        item: { kind: 'service', name, to, expected: from, action: 'rollback', hooks: false },
        from,
        unprivileged: service !== undefined && isHarmless(service, to),
      },
      what: `roll back ${name} to ${to}`,
    }
  })
}

function notPossible(name: string, host: string, problem: string): SlipwayError {
  return new SlipwayError({
    what: `${name} on ${host} can't be rolled back: ${problem}`,
    still: 'What served before serves still.',
    next: `\`slipway releases ${name}\` lists what is there.`,
  })
}
