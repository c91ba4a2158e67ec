import type { Source } from '../config/load.js'
import type { Store } from '../store/store.js'

/** What Prometheus reads: its text format, version 0.0.4. Names of sources need no escape: see the schema. */
export function metricsText({ db, jobs, sources: rows, now }: Store, sources: readonly Source[]): string {
  const ended = db.sql(
    `SELECT source, state, count(*) AS n FROM job WHERE state NOT IN ('queued', 'running') GROUP BY source, state`,
  )
  const lines = (
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    values: readonly [string, number][],
  ) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}{${labels}} ${value}`),
  ]
  const each = (value: (name: string) => number): [string, number][] =>
    sources.map(({ name }) => [`source="${name}"`, value(name)])
  return [
    ...lines(
      ...(['slipway_jobs_total', 'counter', 'Jobs that have ended, by how.'] as const),
      ended
        .all()
        .filter(({ source }) => sources.some(({ name }) => name === source))
        .map(({ source, state, n }) => [`source="${source}",state="${state}"`, Number(n)]),
    ),
    ...lines(
      'slipway_jobs_running',
      'gauge',
      'Whether a job runs.',
      each((name) => (jobs.running(name) ? 1 : 0)),
    ),
    ...lines(
      'slipway_jobs_queued',
      'gauge',
      'Whether a job waits.',
      each((name) => (jobs.queued(name) ? 1 : 0)),
    ),
    ...lines(
      'slipway_source_held',
      'gauge',
      'Whether somebody has paused it or rolled it back.',
      each((name) => (rows.holdOf(name) ? 1 : 0)),
    ),
    ...lines(
      'slipway_source_unreachable',
      'gauge',
      'Whether its branch can not be looked at.',
      each((name) => (rows.get(name).problem === null ? 0 : 1)),
    ),
    ...lines(
      ...(['slipway_source_looked_seconds', 'gauge', 'Seconds since its branch was last seen.'] as const),
      sources.flatMap(({ name }) => {
        const { looked_at } = rows.get(name)
        return looked_at === null
          ? []
          : ([[`source="${name}"`, Math.round((now() - looked_at) / 1000)]] as [string, number][])
      }),
    ),
    '',
  ].join('\n')
}
