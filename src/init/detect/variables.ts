import type { EnvironmentRead } from './environment.js'
import type { Database, ListenChoice, Program, Variable } from './project.js'
import type { Found } from './tree.js'

/** Variables that every program has, or that only tune its output. */
const KNOWN = new Set(
  'HOME PATH USER SHELL PWD TMPDIR LANG TZ RUST_LOG RUST_BACKTRACE LOG_LEVEL NODE_ENV DEBUG OUT_DIR HOST HOSTNAME STATE_DIRECTORY LISTEN_PID LISTEN_FDS PORT LISTEN_PATH DJANGO_SETTINGS_MODULE'.split(
    ' ',
  ),
)

/** Whether a variable's name says that nobody else may see what it holds. */
export function isSecret(name: string): boolean {
  return /KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL/i.test(name)
}

/** Variables that are left to the user: neither known nor those slipway sets. */
export function otherVariables(
  reads: readonly EnvironmentRead[],
  listen: Found<ListenChoice> | undefined,
  state: Found<Database> | undefined,
  folders: readonly Found<string>[] = [],
): Variable[] {
  const set = new Set([
    ...Object.keys(listen?.value.env ?? {}),
    ...folders.map(({ value }) => value),
    state?.value.maybeServer ? undefined : state?.value.variable,
  ])
  return reads
    .filter(({ name }) => !KNOWN.has(name) && !set.has(name))
    .map(({ name, required, at }) => ({ value: name, required, at }))
    .sort((a, b) => (a.value < b.value ? -1 : 1))
}

/** All variables of a program that are not for listening: those for what it keeps too, which `--no-state` leaves open. */
export function allVariables({ variables, state, folders = [] }: Program): Variable[] {
  const { variable } = state?.value ?? {}
  const kept = [...folders, ...(state && variable !== undefined ? [{ value: variable, at: state.at }] : [])]
  const known = new Set(variables.map(({ value }) => value))
  return [
    ...variables,
    ...kept.filter(({ value }) => !known.has(value)).map((one) => ({ ...one, required: false })),
  ]
}
