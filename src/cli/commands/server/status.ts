import type { Job } from '../../../server/store/jobs.js'
import type { Hold } from '../../../server/store/sources.js'
import { command } from '../../command.js'
import { agoText, tableText } from '../../text/table.js'
import { clientOf, placeFlags } from './place.js'

/** What `/api/v1/state` says of a source. */
export interface SourceState {
  name: string
  branch: string
  head: string | null
  problem: string | null
  lookedAt: number | null
  hold: Hold | null
  running: Job | null
  queued: Job | null
  newest: Job | null
}

/** `slipway server status`. */
export const status = command({
  brief: 'What the server deploys: what runs, waits, failed, or is held',
  flags: placeFlags,
  run: async (cli, { json, ...place }) => {
    const state = await clientOf(place).get<{ sources: SourceState[] }>('/api/v1/state')
    if (json) cli.printJson(state)
    else cli.print(stateText(state.sources, Date.now()))
  },
})

/** How sources are, then what of it needs a look. */
export function stateText(sources: readonly SourceState[], now: number): string {
  const ago = (at: number | null) => (at === null ? '-' : `${agoText((now - at) / 1000)} ago`)
  const table = tableText(
    ['SOURCE', 'BRANCH', 'HEAD', 'JOB', 'STATE', 'SINCE', 'LOOKED'],
    sources.map(({ name, branch, head, running, newest, lookedAt }) => {
      const job = running ?? newest
      const since = job && (job.endedAt ?? job.beganAt ?? job.queuedAt)
      return [
        ...[name, branch, head?.slice(0, 8) ?? '-', job ? String(job.id) : '-'],
        ...[job ? jobState(job) : '-', ago(since ?? null), ago(lookedAt)],
      ]
    }),
  )
  const others = sources.flatMap(({ name, problem, hold, queued, newest }) => [
    ...(queued ? [`${name}: job ${queued.id} waits (${queued.kind} of ${queued.commit.slice(0, 8)})`] : []),
    ...(newest?.state === 'failed' ? [`${name}: job ${newest.id} failed: ${newest.reason}`] : []),
    ...(problem === null ? [] : [`${name}: the branch can't be looked at: ${problem}`]),
    ...(hold ? [`${name}: ${holdText(hold)}; slipway server resume ${name}`] : []),
  ])
  return [table, ...others].join('\n')
}

function jobState({ state, step, kind, stopBy }: Job): string {
  const what = state === 'running' ? (stopBy === null ? step : 'stopping') : state
  return kind === 'rollback' ? `rollback, ${what}` : what
}

function holdText({ kind, actor }: Hold): string {
  const why = kind === 'rollback' ? `rolled back by ${actor}` : `paused by ${actor}`
  return `${why}, so what is pushed is not deployed by itself`
}
