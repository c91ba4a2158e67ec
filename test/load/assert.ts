import assert from 'node:assert/strict'
import type { KindName, KindReport, LoadReport, PhaseReport } from './report.js'
import { listText } from './text.js'

/** Which phases an assertion is about: one, or all from one on. Default: all. */
export type Phases = { during: string } | { since: string }

/** No request failed, no stream was cut, and every kind of traffic was there: a load that sent nothing proves nothing. */
export function assertNothingLost(report: LoadReport): void {
  const { failed, streams } = report.all
  assert.ok(
    failed === 0 && streams.cut === 0,
    `${failed} requests failed, ${streams.cut} streams were cut:\n${listText(report.all)}`,
  )
  for (const [kind, { answered }] of Object.entries(report.kinds))
    assert.ok(answered > 0, `no ${kind} was answered`)
}

/**
 * Whatever was sent in these phases and answered was answered by these releases, messages on streams that were
 * opened earlier excepted. At least one answer came.
 */
export function assertAnsweredBy(report: LoadReport, releases: readonly string[], phases?: Phases): void {
  check(report, releases, phases, 'answered', ({ byRelease }) =>
    Object.entries(byRelease).map(([release, { answered, lastSentAt }]) => ({
      release,
      text: `${answered} requests, the last of them sent at ${time(lastSentAt)}`,
    })),
  )
}

/**
 * Whatever came in these phases came from these releases, events on streams that were opened earlier included:
 * nobody is on another release any more. At least something came. The last answers of a process are still on their
 * way when it is gone, so mark the phase a moment later.
 */
export function assertHeardFrom(report: LoadReport, releases: readonly string[], phases?: Phases): void {
  check(report, releases, phases, 'was heard', ({ heard }) =>
    Object.entries(heard).map(([release, { count, lastAt }]) => ({
      release,
      text: `${count} answers and events, the last of them at ${time(lastAt)}`,
    })),
  )
}

function check(
  report: LoadReport,
  releases: readonly string[],
  phases: Phases | undefined,
  verb: string,
  list: (kind: KindReport) => { release: string; text: string }[],
): void {
  const chosen = choose(report, phases)
  const seen = chosen.flatMap(({ label, kinds }) =>
    (Object.entries(kinds) as [KindName, KindReport][]).flatMap(([kind, part]) =>
      list(part).map(({ release, text }) => ({
        release,
        text: `in '${label}', ${release} ${verb}: ${kind}, ${text}`,
      })),
    ),
  )
  const labels = chosen.map(({ label }) => `'${label}'`).join(', ')
  assert.ok(seen.length > 0, `nothing ${verb} in ${labels}`)
  const others = seen.filter(({ release }) => !releases.includes(release))
  assert.ok(
    others.length === 0,
    `only ${releases.join(', ')} should answer:\n${others.map(({ text }) => text).join('\n')}`,
  )
}

function choose({ phases }: LoadReport, which: Phases | undefined): PhaseReport[] {
  if (which === undefined) return phases
  const label = 'during' in which ? which.during : which.since
  const index = phases.findIndex((phase) => phase.label === label)
  assert.notEqual(
    index,
    -1,
    `there is no phase '${label}', but ${phases.map((phase) => phase.label).join(', ')}`,
  )
  return 'during' in which ? phases.slice(index, index + 1) : phases.slice(index)
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}
