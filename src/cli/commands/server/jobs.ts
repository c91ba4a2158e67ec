import type { Job } from '../../../server/store/jobs.js'
import { parseRelease } from '../../arguments.js'
import type { Cli } from '../../cli.js'
import { command } from '../../command.js'
import { argument, optionalArgument } from '../../flags.js'
import { clientOf, placeFlags } from './place.js'

const sourceArgument = argument('SOURCE', "A source of the server's config")

/** `slipway server deploy SOURCE`. */
export const deploy = command({
  brief: "Deploy the newest commit of a source's branch, also one that failed",
  args: [sourceArgument],
  flags: placeFlags,
  run: async (cli, { json = false, ...place }, source) => {
    const given = await clientOf(place).post<{ job: Job }>(
      `/api/v1/sources/${encodeURIComponent(source)}/deploy`,
    )
    showJob(cli, json, given.job)
  },
})

/** `slipway server rollback SOURCE SERVICE [RELEASE|COMMIT]`. */
export const rollback = command({
  brief: 'Have an earlier release serve again, and deploy nothing by itself until `resume`',
  args: [
    sourceArgument,
    argument('SERVICE', 'A service that the source deploys'),
    optionalArgument('RELEASE', 'The release, or its commit, to go back to (default: the good one before)'),
  ],
  flags: placeFlags,
  run: async (cli, { json = false, ...place }, source, service, release) => {
    if (release !== undefined) parseRelease(release)
    const path = `/api/v1/sources/${encodeURIComponent(source)}/rollback`
    const given = await clientOf(place).post<{ job: Job }>(path, {
      service,
      ...(release !== undefined && { release }),
    })
    showJob(cli, json, given.job)
  },
})

/** `slipway server cancel JOB`. */
export const cancel = command({
  brief: 'Stop a job that waits, or with which no host has begun yet',
  args: [argument('JOB', 'The number of the job')],
  flags: placeFlags,
  run: async (cli, { json, ...place }, job) => {
    const path = `/api/v1/jobs/${encodeURIComponent(job)}/cancel`
    const given = await clientOf(place).post<{ stopped: 'cancelled' | 'stopping' }>(path)
    if (json) cli.printJson(given)
    else cli.print(given.stopped === 'cancelled' ? `job ${job} is cancelled` : `job ${job} is told to stop`)
  },
})

/** `slipway server pause SOURCE`. */
export const pause = command({
  brief: 'Deploy nothing of a source by itself until `resume`',
  args: [sourceArgument],
  flags: placeFlags,
  run: async (cli, { json, ...place }, source) => {
    const given = await clientOf(place).post<object>(`/api/v1/sources/${encodeURIComponent(source)}/pause`)
    if (json) cli.printJson(given)
    else
      cli.print(
        `${source}: what is pushed is not deployed by itself until \`slipway server resume ${source}\``,
      )
  },
})

/** `slipway server resume SOURCE`. */
export const resume = command({
  brief: 'Deploy what is pushed again, after a pause or a rollback',
  args: [sourceArgument],
  flags: placeFlags,
  run: async (cli, { json = false, ...place }, source) => {
    const path = `/api/v1/sources/${encodeURIComponent(source)}/resume`
    const given = await clientOf(place).post<{ job: Job | null }>(path)
    if (given.job) showJob(cli, json, given.job)
    else if (json) cli.printJson(given)
    else cli.print(`${source}: what is pushed is deployed again`)
  },
})

function showJob(cli: Cli, json: boolean, job: Job): void {
  if (json) cli.printJson({ job })
  else
    cli.print(
      `job ${job.id}: ${job.kind} of ${job.commit.slice(0, 8)}; \`slipway activity --follow\` shows it`,
    )
}
