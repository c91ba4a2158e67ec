/** A transient unit; systemd-run(1). */
export interface TransientUnit {
  /** Its name, with or without `.service`; default: systemd makes one up. */
  unit?: string
  description?: string
  /** Settings of the unit, as `KillMode=mixed`; the order counts where one is given twice. */
  properties?: readonly string[]
  /** Waits until the unit has ended, and ends as its program did. */
  wait?: boolean
  /** Hands on our standard streams, as they are or as a terminal; implies waiting. */
  pipe?: 'pipe' | 'pty'
  /** Starts the unit by a timer, so many milliseconds from now. */
  onActiveMs?: number
  /** Settings of the timer. */
  timerProperties?: readonly string[]
  /** The program and its arguments, as they are; looked for on systemd's PATH, not on one in `properties`. */
  command: readonly string[]
}

/** systemd fires a timer up to a minute late (AccuracySec=1min) unless told otherwise. */
const TIMER_ACCURACY = 'AccuracySec=100ms'

/** The words of `systemd-run` for a transient unit, of which nothing is left when it has ended or failed. */
export function systemdRun(transient: TransientUnit): string[] {
  const { unit, description, properties = [], wait, pipe, onActiveMs, timerProperties = [] } = transient
  const [program, ...args] = transient.command
  if (program === undefined) throw new Error('a transient unit has no command')
  // What is not waited for can't be: a timer's unit starts later.
  if (onActiveMs !== undefined && (wait || pipe))
    throw new Error('nobody can wait for a unit that a timer starts')
  return [
    'systemd-run',
    '--quiet',
    '--collect',
    ...(unit === undefined ? [] : [`--unit=${unit}`]),
    ...(description === undefined ? [] : [`--description=${description}`]),
    ...properties.map((property) => `--property=${property}`),
    ...(wait || pipe ? ['--wait'] : []),
    ...(pipe ? [`--${pipe}`] : []),
    ...(onActiveMs === undefined ? [] : timer(onActiveMs, timerProperties)),
    '--',
    program,
    // systemd would put variables in: `$HOME`, `${HOME}`.
    ...args.map((word) => word.replaceAll('$', '$$$$')),
  ]
}

function timer(milliseconds: number, properties: readonly string[]): string[] {
  return [
    `--on-active=${milliseconds}ms`,
    ...[TIMER_ACCURACY, ...properties].map((property) => `--timer-property=${property}`),
  ]
}
