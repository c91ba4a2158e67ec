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
  /** The program and its arguments, as they are; looked for on systemd's PATH, not on one in `properties`. */
  command: readonly string[]
}

/** The words of `systemd-run` for a transient unit, of which nothing is left when it has ended or failed. */
export function systemdRun(transient: TransientUnit): string[] {
  const { unit, description, properties = [], wait, pipe } = transient
  const [program, ...args] = transient.command
  if (program === undefined) throw new Error('a transient unit has no command')
  return [
    'systemd-run',
    '--quiet',
    '--collect',
    ...(unit === undefined ? [] : [`--unit=${unit}`]),
    ...(description === undefined ? [] : [`--description=${description}`]),
    ...properties.map((property) => `--property=${property}`),
    ...(wait || pipe ? ['--wait'] : []),
    ...(pipe ? [`--${pipe}`] : []),
    '--',
    program,
    // systemd would put variables in: `$HOME`, `${HOME}`.
    ...args.map((word) => word.replaceAll('$', '$$$$')),
  ]
}
