import { SlipwayError, usageError } from '../errors.js'
import { rollbackGeneration, rollbackTarget } from '../plan/rollback.js'
import { activateOnHosts } from './activations.js'
import { command, configOf } from './command.js'
import type { HostFlags, JsonFlags } from './flags.js'
import { hostsFor, itemOf } from './hosts.js'

type RollbackFlags = HostFlags & JsonFlags & { wait?: boolean }

/** `slipway rollback [SERVICE|SYSTEM] [RELEASE|GENERATION]`. */
export const rollback = command(async (flags: RollbackFlags, given?: string, wanted?: string) => {
  const number = wanted === undefined ? undefined : releaseNumber(wanted)
  const config = await configOf(flags)
  const name = itemOf(config, given)
  const system = config.systems.find((one) => one.name === name)
  return activateOnHosts(config, hostsFor(config, flags.host, name), name, flags, (report, host) => {
    if (system) {
      const found = rollbackGeneration(
        report.systems.find((one) => one.name === name),
        number,
      )
      if ('problem' in found) throw notPossible(name, host.name, found.problem)
      const { path, generation, from } = found
      const base = { kind: 'system', name, to: path, expected: from, generation, system } as const
      return {
        activation: { ...base, action: 'rollback', mode: 'switch' },
        what: `roll back ${name} to generation ${generation}`,
      }
    }
    const found = rollbackTarget(
      report.services.find((one) => one.name === name),
      number,
    )
    if ('problem' in found) throw notPossible(name, host.name, found.problem)
    return {
      activation: {
        kind: 'service',
        name,
        to: found.to,
        expected: found.from,
        action: 'rollback',
        hooks: false,
      },
      what: `roll back ${name} to ${found.to}`,
    }
  })
})

function releaseNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw usageError({ what: `"${text}" is not a release number`, next: 'Releases are numbered 1, 2, 3 …' })
}

function notPossible(name: string, host: string, problem: string): SlipwayError {
  return new SlipwayError({
    what: `${name} on ${host} can't be rolled back: ${problem}`,
    still: 'What served before serves still.',
    next: `\`slipway releases ${name}\` lists what is there.`,
  })
}
