import { serviceNameProblem, suggestServiceName } from '../config/names.js'
import type { Config } from '../config/resolved.js'
import { SlipwayError, usageError } from '../errors.js'
import { activateOnHosts } from './activate-on-hosts.js'
import type { Engine } from './engine.js'
import type { ActivationResult } from './result.js'
import { hostsFor } from './selection.js'

export interface RenameOptions {
  from: string
  to: string
  /** None: those of the config's service of either name. */
  hosts: readonly string[]
  wait: boolean
}

/** Gives a service another name on its hosts: under their guard, while it serves. The config is its owner's to change. */
export function rename(
  engine: Engine,
  config: Config,
  { from, to, hosts: names, wait }: RenameOptions,
): Promise<ActivationResult> {
  const problem = serviceNameProblem(to)
  if (problem !== undefined) {
    throw usageError({ what: problem, next: `For example "${suggestServiceName(to)}".` })
  }
  if (from === to) throw usageError({ what: `${from} is called so already` })
  const known =
    config.services.find(({ name }) => name === to) ?? config.services.find(({ name }) => name === from)
  const hosts = hostsFor(config, names, known?.name)
  return activateOnHosts(engine, config, { name: known?.name ?? to, hosts, wait }, ({ services }, host) => {
    const there = services.find(({ name }) => name === from)
    if (there === undefined || there.current === null) {
      const others = services.map(({ name }) => name).join(', ') || 'none'
      throw new SlipwayError({
        what: `${host.name} has no release of ${from} that serves`,
        still: 'Nothing was changed there.',
        next: `It has: ${others}.`,
      })
    }
    const { current } = there
    return {
      item: {
        item: {
          ...{ kind: 'service', name: to, to: current, expected: null },
          ...{ action: 'rename', renames: from, hooks: false },
        },
        from: current,
        // It changes the host's list of users.
        unprivileged: false,
      },
      what: `rename ${from} to ${to}`,
    }
  })
}
