import type { Counts, KindReport, LoadReport } from './report.js'

/** How many failures and cuts a text shows one by one. */
const MOST_SHOWN = 20

const COLUMNS = [
  '',
  'sent',
  'failed',
  'resent',
  'heard',
  'a second',
  'p50',
  'p99',
  'max',
  'ended',
  'cut',
  'closed',
  'answered by',
]

/** A report for people: a table for the whole, one for each phase, and the first failures. */
export function reportText(report: LoadReport): string {
  const { phases, from, to, connections, busy, cpu } = report
  const parts = [table(`${seconds(from, to)} s in all`, report)]
  if (phases.length > 1) {
    for (const phase of phases) parts.push(table(`${phase.label}, ${seconds(phase.from, phase.to)} s`, phase))
  }
  const list = listText(report.all)
  if (list !== '') parts.push(list)
  parts.push(
    `latencies in ms; ${connections} connections; the load generator was busy ${percent(busy)} of the time and used ${percent(cpu)} of a processor`,
  )
  return parts.join('\n\n')
}

/** The first failures and cuts, one a line. */
export function listText({ failures, cuts, failed, streams }: KindReport): string {
  const lines = [
    ...failures.map(({ kind, number, reason, error, sentAt, failedAt, progress }) => ({
      at: failedAt,
      text:
        `${time(failedAt)} ${kind} ${number} ${reason}: ${error}, after ${ms(failedAt - sentAt)} ms` +
        (progress
          ? `, ${progress.bytesSent} bytes sent, ${progress.bytesReceived} received${progress.reused ? ', over a used connection' : ''}`
          : ''),
    })),
    ...cuts.map(({ kind, number, reason, error, openedAt, cutAt, release, messages }) => ({
      at: cutAt,
      text: `${time(cutAt)} ${kind} ${number} cut, ${reason}: ${error}, after ${ms(cutAt - openedAt)} ms and ${messages} messages from ${release}`,
    })),
  ].sort((a, b) => a.at - b.at)
  const more = failed + streams.cut - Math.min(lines.length, MOST_SHOWN)
  const shown = lines.slice(0, MOST_SHOWN).map(({ text }) => text)
  return [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n')
}

function table(title: string, { kinds, all }: Counts): string {
  const parts: [string, KindReport][] = Object.entries(kinds)
  if (parts.length > 1) parts.push(['all', all])
  const rows = [[title, ...COLUMNS.slice(1)], ...parts.map(([name, part]) => row(name, part))]
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => {
          const text = column === 0 || column === COLUMNS.length - 1
          return text ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function row(
  name: string,
  { sent, failed, resent, throughput, latency, streams, byRelease, heard }: KindReport,
): string[] {
  const answers = Object.entries(byRelease).map(([release, { answered }]) => `${release} ${answered}`)
  return [
    name,
    String(sent),
    String(failed),
    String(resent),
    String(Object.values(heard).reduce((total, { count }) => total + count, 0)),
    String(Math.round(throughput)),
    ms(latency.p50),
    ms(latency.p99),
    ms(latency.max),
    String(streams.ended),
    String(streams.cut),
    String(streams.closed),
    answers.join(', '),
  ]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function ms(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(1)
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}
