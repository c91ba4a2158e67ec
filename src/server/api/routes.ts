import * as z from 'zod'
import { SYSTEM_NAME_PATTERN } from '../../config/names.js'
import type { Source } from '../config/load.js'
import { queueIfDue } from '../sources/watcher.js'
import type { Job } from '../store/jobs.js'
import type { Store } from '../store/store.js'
import type { Role } from '../store/tokens.js'
import { type Actor, sees } from './actor.js'

/** What a route works with. */
export interface Call<B> {
  store: Store
  sources: readonly Source[]
  actor: Actor
  /** What it is about: see `Route.about`. */
  source: string
  job: Job
  name: string
  body: B
}

export interface Reply {
  /** Default: 200. */
  status?: 200 | 201 | 404 | 409
  body: Record<string, unknown>
}

/** One thing that can be asked: the whole of what the API can do is the list of these. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** What the audit log calls it. */
  verb: string
  /** The least role that may ask. */
  role: Role
  /** What is in the path, and must be of the actor's sources; `all`: only who sees all sources may ask. */
  about: 'source' | 'job' | 'all' | 'seen'
  body: z.ZodType
  /** What it answers is shown once and kept nowhere: it can't be asked again with the same key. */
  secret?: boolean
  run(call: Call<unknown>): Reply
}

function route<B extends z.ZodType>(
  given: Omit<Route, 'body' | 'run'> & { body: B; run(call: Call<z.output<B>>): Reply },
): Route {
  return given as unknown as Route
}

const NOTHING = z.strictObject({})
/** The most jobs, or entries, that are listed at once. */
const MOST_LISTED = 1000
const DEFAULT_LISTED = 50
const limit = z.coerce.number().int().min(1).max(MOST_LISTED).default(DEFAULT_LISTED)
const listing = z.strictObject({
  limit,
  source: z.string().optional(),
})
/** The newest job that somebody knew of: 409 where there is another by now. */
const expect = z.int().min(0).optional()

const stale = (call: Call<{ expect?: number | undefined }>): Reply | undefined => {
  const newest = call.store.jobs.newest(call.source)?.id ?? 0
  if (call.body.expect === undefined || call.body.expect === newest) return undefined
  return refused(`the newest job of ${call.source} is ${newest}`)
}
const refused = (problem: string): Reply => ({ status: 409, body: { problem } })

/** A release by its number or its commit, as on the command line. */
const release = z
  .string()
  .regex(/^(?:[1-9]\d{0,5}|[0-9a-f]{7,64})$/, 'expected the number of a release or a commit')

export const ROUTES: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/v1/state', verb: 'state', role: 'viewer', about: 'seen', body: NOTHING },
    run: ({ store, sources, actor }) => ({
      body: {
        seq: store.events.newest(),
        sources: sources
          .filter(({ name }) => sees(actor, name))
          .map(({ name, repo, branch, services }) => {
            const { head, looked_at, problem } = store.sources.get(name)
            const jobs = store.jobs
            return {
              ...{ name, repo, branch, services, head, problem },
              lookedAt: looked_at,
              hold: store.sources.holdOf(name) ?? null,
              running: jobs.running(name) ?? null,
              queued: jobs.queued(name) ?? null,
              newest: jobs.newest(name) ?? null,
            }
          }),
      },
    }),
  }),
  route({
    ...{ method: 'GET', path: '/api/v1/activity', verb: 'activity', role: 'viewer', about: 'seen' },
    body: z.strictObject({ limit }),
    run: ({ store, actor, body }) => {
      const seq = store.events.newest()
      const events = store.events.after(Math.max(0, seq - body.limit))
      return { body: { seq, events: events.filter(({ source }) => sees(actor, source)) } }
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/v1/jobs', verb: 'jobs', role: 'viewer', about: 'seen', body: listing },
    run: ({ store, actor, body }) => {
      const jobs = store.jobs.list(body.limit, body.source)
      return { body: { jobs: jobs.filter(({ source }) => sees(actor, source)) } }
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/v1/jobs/:job', verb: 'job', role: 'viewer', about: 'job', body: NOTHING },
    run: ({ job }) => ({ body: { job } }),
  }),
  route({
    ...{ method: 'POST', path: '/api/v1/jobs/:job/cancel', verb: 'cancel', role: 'deployer', about: 'job' },
    body: NOTHING,
    run: ({ store, job, actor }) => {
      const stopped = store.jobs.stop(job.id, `cancelled by ${actor.name}`)
      switch (stopped) {
        case 'too-late':
          return refused(
            `a host has begun with job ${job.id}: it ends by itself, confirmed or put back; then it can be rolled back`,
          )
        case 'over':
        case 'none':
          return refused(`job ${job.id} is over: ${job.state}`)
        default:
          return { body: { stopped } }
      }
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/v1/sources/:source/look',
      verb: 'look',
      role: 'deployer',
      about: 'source',
    },
    body: NOTHING,
    run: ({ store, source }) => {
      store.sources.wantLook(source)
      return { body: {} }
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/v1/sources/:source/deploy',
      verb: 'deploy',
      role: 'deployer',
      about: 'source',
    },
    body: z.strictObject({ expect }),
    run: (call) => {
      const { store, source, actor } = call
      const { head } = store.sources.get(source)
      if (head === null) return refused(`no commit of ${source} has been seen yet`)
      return (
        stale(call) ?? {
          status: 201,
          body: {
            job: store.jobs.add({ source, kind: 'deploy', commit: head, cause: 'asked', actor: actor.name }),
          },
        }
      )
    },
  }),
  route({
    ...{ method: 'POST', path: '/api/v1/sources/:source/rollback', verb: 'rollback', role: 'deployer' },
    about: 'source',
    body: z.strictObject({
      service: z.string().regex(SYSTEM_NAME_PATTERN),
      release: release.optional(),
      expect,
    }),
    run: (call) => {
      const { store, sources, source, actor, body } = call
      const services = sources.find(({ name }) => name === source)?.services ?? []
      if (!services.includes(body.service)) {
        return refused(`${source} does not deploy ${body.service}: it deploys ${services.join(', ')}`)
      }
      // Which hosts there are, the config says that was deployed last.
      const commit = store.jobs.served(source)?.commit
      if (commit === undefined) return refused(`nothing of ${source} was deployed by this server yet`)
      const problem = stale(call)
      if (problem) return problem
      // First this: nothing is to be queued after it that undoes it.
      store.sources.hold(source, 'rollback', actor.name)
      const { service, release } = body
      const job = store.jobs.add({
        ...{ source, kind: 'rollback', commit, service, release: release ?? null },
        ...{ cause: 'asked', actor: actor.name },
      })
      return { status: 201, body: { job } }
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/v1/sources/:source/pause',
      verb: 'pause',
      role: 'deployer',
      about: 'source',
    },
    body: NOTHING,
    run: ({ store, source, actor }) => {
      store.sources.hold(source, 'pause', actor.name)
      return { body: { hold: store.sources.holdOf(source) } }
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/v1/sources/:source/resume',
      verb: 'resume',
      role: 'deployer',
      about: 'source',
    },
    body: NOTHING,
    run: ({ store, source, actor }) => {
      if (!store.sources.resume(source, actor.name)) return refused(`nothing holds ${source}`)
      const { head } = store.sources.get(source)
      return { body: { job: (head !== null && queueIfDue(store, source, head)) || null } }
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/v1/audit', verb: 'audit', role: 'admin', about: 'all', body: listing },
    run: ({ store, body }) => ({
      body: { entries: store.audit.list(body.limit), broken: store.audit.broken() ?? null },
    }),
  }),
  route({
    ...{ method: 'GET', path: '/api/v1/tokens', verb: 'tokens', role: 'admin', about: 'all', body: NOTHING },
    run: ({ store }) => ({ body: { tokens: store.tokens.list() } }),
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/v1/tokens',
      verb: 'add token',
      role: 'admin',
      about: 'all',
      secret: true,
    },
    body: z.strictObject({
      name: z.string().regex(SYSTEM_NAME_PATTERN),
      role: z.enum(['viewer', 'deployer', 'admin']),
      sources: z.array(z.string()).min(1).nullable().default(null),
      expiresAt: z.int().nullable().default(null),
    }),
    run: ({ store, sources, body }) => {
      const unknown = body.sources?.find((source) => !sources.some(({ name }) => name === source))
      if (unknown !== undefined) return refused(`there is no source ${unknown}`)
      if (body.role === 'admin' && body.sources !== null) return refused('an admin has all sources')
      const token = store.tokens.add(body)
      return token === undefined
        ? refused(`there is a token ${body.name} already`)
        : { status: 201, body: { token } }
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/api/v1/tokens/:name', verb: 'remove token', role: 'admin', about: 'all' },
    body: NOTHING,
    run: ({ store, name }) =>
      store.tokens.remove(name)
        ? { body: {} }
        : { status: 404, body: { problem: `there is no token ${name}` } },
  }),
]
