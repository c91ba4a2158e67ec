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

/** Directives that belong to `[Unit]`, see systemd.unit(5); any other one of a user's goes to `[Service]`. */
const UNIT_SECTION =
  /^(Description|Documentation|Wants|Requires|Requisite|BindsTo|PartOf|Upholds|Conflicts|Before|After|OnFailure\w*|OnSuccess\w*|PropagatesReloadTo|ReloadPropagatedFrom|PropagatesStopTo|StopPropagatedFrom|JoinsNamespaceOf|RequiresMountsFor|WantsMountsFor|StartLimit\w+|JobTimeout\w+|JobRunningTimeoutSec|Condition\w+|Assert\w+|DefaultDependencies|StopWhenUnneeded|RefuseManual\w+|AllowIsolate|IgnoreOnIsolate|SurviveFinalKillSignal|CollectMode|FailureAction\w*|SuccessAction\w*|RebootArgument|SourcePath)$/

/** Directives of `[Install]`, see systemd.unit(5). */
const INSTALL_SECTION = /^(Alias|WantedBy|RequiredBy|UpheldBy|Also|DefaultInstance)$/

/** The sections with a user's directives merged in last. */
export function mergeDirectives(sections: Sections, directives: Record<string, Directive>): Sections {
  const merged: Sections = Object.fromEntries(
    Object.entries(sections).map(([name, entries]) => [name, { ...entries }]),
  )
  for (const [name, value] of Object.entries(directives)) {
    const section = UNIT_SECTION.test(name) ? 'Unit' : INSTALL_SECTION.test(name) ? 'Install' : 'Service'
    merged[section] = { ...merged[section], [name]: value }
  }
  return merged
}
