import { sectionOf } from '../contract/directives.js'
import type { Directive } from '../contract/service.js'

/** A unit file's sections in order; a directive given as an array stands on several lines. */
export type Sections = Record<string, Record<string, Directive>>

/** The first line of every unit file of ours; the host finds a service's units by it. */
export function ownershipMark(service: string): string {
  return `# Managed by slipway for the service ${service}; deploys overwrite changes made here.`
}

/** A unit file as text, see systemd.syntax(7). */
export function renderUnit(service: string, sections: Sections): string {
  const blocks = Object.entries(sections)
    .map(([name, directives]) => [`[${name}]`, ...Object.entries(directives).flatMap(renderDirective)])
    .filter((lines) => lines.length > 1)
    .map((lines) => lines.join('\n'))
  return `${ownershipMark(service)}\n${blocks.join('\n\n')}\n`
}

function renderDirective([name, value]: [string, Directive]): string[] {
  // To systemd a NUL ends a line, too.
  return directiveValues(value).map((text) => `${name}=${oneLine(text.replaceAll('\0', ' '))}`)
}

/** What a directive is set to, one after the other; nothing for one that is not set. */
export function directiveValues(value: Directive): string[] {
  if (value === null) return []
  if (Array.isArray(value)) return value
  return [typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)]
}

/**
 * A value on one line: after a line break another directive would start. A backslash at its end is doubled, since
 * systemd would take the next directive for more of the value.
 */
export function oneLine(value: string): string {
  const line = value.replace(/\r\n|\r|\n/g, ' ').trimEnd()
  return /(?<!\\)(?:\\\\)*\\$/.test(line) ? `${line}\\` : line
}

/** One value of a setting that takes several, such as `Environment=`; see systemd.syntax(7), "Quoting". */
export function quoteValue(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('%', '%%')
  return /^[\w@+=:,./%-]+$/.test(value) ? escaped : `"${escaped}"`
}

/** One word of a command line in `ExecStart=`, where `$` begins a variable; see systemd.service(5), "Command lines". */
export function quoteWord(word: string): string {
  return quoteValue(word).replaceAll('$', '$$$$')
}

/** Lists of paths of systemd.exec(5): what a user lists is added to ours, which the sandbox is made of. */
const PATH_LISTS =
  /^(ReadWritePaths|ReadOnlyPaths|InaccessiblePaths|ExecPaths|NoExecPaths|TemporaryFileSystem|BindPaths|BindReadOnlyPaths)$/

/**
 * The sections of a unit with a user's directives merged in last. A timer and a socket take what is of their kind alone,
 * a service all else: a user has one set of directives for both units.
 */
export function mergeDirectives(sections: Sections, directives: Record<string, Directive>): Sections {
  const merged: Sections = Object.fromEntries(
    Object.entries(sections).map(([name, entries]) => [name, { ...entries }]),
  )
  const kind = (['Timer', 'Socket'] as const).find((name) => name in sections)
  for (const [name, value] of Object.entries(directives)) {
    const section = sectionOf(name)
    const belongs = kind === undefined ? section !== 'Timer' && section !== 'Socket' : section === kind
    if (!belongs) continue
    const ours = merged[section]?.[name] ?? null
    const added = PATH_LISTS.test(name) && value !== null && ours !== null
    const all = added ? [...directiveValues(ours), ...directiveValues(value)] : value
    merged[section] = { ...merged[section], [name]: all }
  }
  return merged
}
