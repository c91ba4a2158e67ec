import { stripVTControlCharacters } from 'node:util'

/** Nix's own progress, `--log-format internal-json`: lines `@nix {…}` on standard error. */

/** What a build tells while it runs. */
export type BuildEvent =
  | { type: 'building'; derivation: string }
  | { type: 'built'; derivation: string }
  | { type: 'fetching'; path: string }
  /** How many builds are done, and how many failed, so far. */
  | { type: 'counted'; done: number; failed: number }
  | { type: 'log'; derivation: string; line: string }
  | { type: 'message'; text: string; error: boolean }

/** `ActivityType` and `ResultType` of Nix's logging.hh. */
const ACTIVITY_BUILDS = 104
const ACTIVITY_BUILD = 105
const ACTIVITY_SUBSTITUTE = 108
const RESULT_BUILD_LOG_LINE = 101
const RESULT_PROGRESS = 105

interface RawEvent {
  action: 'start' | 'stop' | 'result' | 'msg'
  id?: number
  type?: number
  level?: number
  msg?: string
  raw_msg?: string
  fields?: (string | number)[]
}

/** A reader of Nix's lines; it remembers which activity belongs to which derivation. */
export function buildEventReader(onEvent: (event: BuildEvent) => void): (line: string) => void {
  const builds = new Map<number, string>()
  let all: number | undefined
  let counted = { done: 0, failed: 0 }
  return (line) => {
    const raw = parseLine(line)
    if (!raw) {
      if (line.trim() !== '') onEvent({ type: 'message', text: line, error: /^error:/.test(line) })
      return
    }
    const subject = String(raw.fields?.[0] ?? '')
    const id = raw.id ?? -1
    if (raw.action === 'msg') {
      const text = stripAnsi(raw.msg ?? '')
      onEvent({ type: 'message', text, error: raw.level === 0 })
    } else if (raw.action === 'start' && raw.type === ACTIVITY_BUILD) {
      builds.set(id, subject)
      onEvent({ type: 'building', derivation: subject })
    } else if (raw.action === 'start' && raw.type === ACTIVITY_BUILDS) {
      all = id
    } else if (raw.action === 'result' && raw.type === RESULT_PROGRESS && id === all) {
      // Done, expected, running, failed.
      const [done = 0, , , failed = 0] = (raw.fields ?? []).map(Number)
      if (done === counted.done && failed === counted.failed) return
      counted = { done, failed }
      onEvent({ type: 'counted', ...counted })
    } else if (raw.action === 'start' && raw.type === ACTIVITY_SUBSTITUTE) {
      onEvent({ type: 'fetching', path: subject })
    } else if (raw.action === 'result' && raw.type === RESULT_BUILD_LOG_LINE) {
      onEvent({ type: 'log', derivation: builds.get(id) ?? '', line: stripAnsi(subject) })
    } else if (raw.action === 'stop' && builds.has(id)) {
      onEvent({ type: 'built', derivation: builds.get(id) ?? '' })
      builds.delete(id)
    }
  }
}

function parseLine(line: string): RawEvent | undefined {
  if (!line.startsWith('@nix ')) return undefined
  try {
    return JSON.parse(line.slice('@nix '.length)) as RawEvent
  } catch {
    return undefined
  }
}

/** Text without what steers a terminal, as it would stand on one: escape sequences (ECMA-48), and what a line was begun anew after. */
export function stripAnsi(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[^\n]*\r(?=[^\r\n])/g, '')
    .replace(/[^\P{Cc}\n\t]/gu, '')
}

/** `hello-1.0` of `/nix/store/<hash>-hello-1.0.drv`. */
export function derivationName(path: string): string {
  return path.replace(/^\/nix\/store\/[a-z0-9]{32}-/, '').replace(/\.drv$/, '')
}
