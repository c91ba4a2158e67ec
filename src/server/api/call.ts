import { createHash } from 'node:crypto'
import { problemsOf } from '../../config/problems.js'
import type { Source } from '../config/load.js'
import type { Store } from '../store/store.js'
import { type Actor, hasRole, sees } from './actor.js'
import type { Call, Reply, Route } from './routes.js'

/** A request for a route, once it is known who asks. */
export interface Asked {
  actor: Actor
  params: Readonly<Record<string, string>>
  body: unknown
  /** `Idempotency-Key`: what was answered once is answered again. */
  key: string | undefined
}

export interface Answer {
  status: number
  body: Record<string, unknown>
}

/** So long an answer is kept for whoever asks again with the same key. */
const KEPT_MS = 24 * 3600_000

/** Whoever may not know of something is told the same as where there is none. */
const NONE: Answer = { status: 404, body: { problem: 'there is no such thing' } }

/** Answers a request: who may not, does not; what is written is in the audit log, or did not happen. */
export function answer(
  route: Route,
  { actor, params, body, key }: Asked,
  store: Store,
  sources: readonly Source[],
): Answer {
  if (!hasRole(actor, route.role)) {
    return { status: 403, body: { problem: `${actor.name} is a ${actor.role}: this takes a ${route.role}` } }
  }
  const found = objectOf(route, params, store, sources)
  const seen = found && (found.source === '' || sees(actor, found.source))
  if (!found || !seen || (route.about === 'all' && actor.sources !== null)) return NONE
  const parsed = route.body.safeParse(body)
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, body, route.body)
    return {
      status: 400,
      body: { problem: problems.map(({ path, message }) => `${path} ${message}`.trim()).join('; ') },
    }
  }
  const call: Call<unknown> = { ...{ store, sources, actor }, ...found, body: parsed.data }
  if (route.method === 'GET') return whole(route.run(call))
  return store.db.transact(() => {
    const request = requestOf(route, params, parsed.data)
    const before = key === undefined || route.secret ? undefined : answered(store, actor, key)
    if (before) {
      return before.request === request
        ? before.answer
        : { status: 422, body: { problem: 'this Idempotency-Key was used for another request' } }
    }
    const reply = whole(route.run(call))
    const { verb } = route
    const object = params.source ?? params.job ?? params.name ?? ''
    store.audit.add({
      ...{ actor: actor.name, verb, object },
      args: { ...(parsed.data as object), status: reply.status },
    })
    if (key !== undefined && !route.secret) keep(store, actor, key, request, reply)
    return reply
  })
}

const whole = ({ status = 200, body }: Reply): Answer => ({ status, body })

/** What a path is about; undefined where there is no such source or job. */
function objectOf(
  { about }: Route,
  params: Asked['params'],
  { jobs }: Store,
  sources: readonly Source[],
): Pick<Call<unknown>, 'source' | 'job' | 'name'> | undefined {
  const nothing = { source: '', job: undefined as never, name: params.name ?? '' }
  switch (about) {
    case 'source':
      return sources.some(({ name }) => name === params.source)
        ? { ...nothing, source: params.source ?? '' }
        : undefined
    case 'job': {
      const job = /^\d{1,15}$/.test(params.job ?? '') ? jobs.get(Number(params.job)) : undefined
      return job && { ...nothing, source: job.source, job }
    }
    default:
      return nothing
  }
}

function requestOf({ method, path }: Route, params: Asked['params'], body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, params, body]))
    .digest('hex')
}

function answered({ db, now }: Store, actor: Actor, key: string) {
  db.sql('DELETE FROM answer WHERE at < ?').run(now() - KEPT_MS)
  const row = db.sql('SELECT * FROM answer WHERE actor = ? AND key = ?').get(actor.name, key)
  if (!row) return undefined
  const body = JSON.parse(String(row.body)) as Answer['body']
  return { request: String(row.request), answer: { status: Number(row.status), body } }
}

function keep(
  { db, now }: Store,
  actor: Actor,
  key: string,
  request: string,
  { status, body }: Answer,
): void {
  db.sql('INSERT INTO answer (actor, key, request, status, body, at) VALUES (?, ?, ?, ?, ?, ?)').run(
    ...([actor.name, key, request, status, JSON.stringify(body), now()] as const),
  )
}
