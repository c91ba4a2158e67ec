import type { Question } from './link.js'
import { manager } from './questions.js'
import type { TransientTimer } from './systemd.js'

/** systemd fires a timer up to a minute late unless told otherwise; microseconds. */
const ACCURACY_US = 100_000

/** The call that begins it, as `systemd-run --on-active` makes it: org.freedesktop.systemd1(5), StartTransientUnit. */
export function transientTimer({
  name,
  description,
  afterMs,
  command,
  identifier,
}: TransientTimer): Question {
  const [program = ''] = command
  const common = {
    Description: ['s', description],
    // Nothing is left of either that has ended or failed.
    CollectMode: ['s', 'inactive-or-failed'],
  } satisfies Properties
  const timer = properties({
    ...common,
    TimersMonotonic: ['a(st)', [['OnActiveSec', Math.round(afterMs * 1000)]]],
    AccuracyUSec: ['t', ACCURACY_US],
    RemainAfterElapse: ['b', false],
  })
  const service = properties({
    ...common,
    SyslogIdentifier: ['s', identifier],
    // Program, argv, and whether its failure is none.
    ExecStart: ['a(sasb)', [[program, command, false]]],
  })
  const units = [[`${name}.service`, service]]
  return manager('StartTransientUnit', [`${name}.timer`, 'fail', timer, units], 'ssa(sv)a(sa(sv))')
}

type Properties = Record<string, [signature: string, value: unknown]>

function properties(given: Properties): [string, { signature: string; value: unknown }][] {
  return Object.entries(given).map(([name, [signature, value]]) => [name, { signature, value }])
}
