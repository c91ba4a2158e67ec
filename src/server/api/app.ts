import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Source } from '../config/load.js'
import { readDelivery, take } from '../hooks/delivery.js'
import { checkerOf, type Headers } from '../hooks/signature.js'
import type { Store } from '../store/store.js'
import { createTogether } from '../store/together.js'
import { type Actor, actorOf, hasRole, OWNER } from './actor.js'
import { answer } from './call.js'
import { crossSite } from './guards.js'
import { metricsText } from './metrics.js'
import { ROUTES } from './routes.js'
import { streamEvents } from './stream.js'

/** A request of ours says a few words. */
const MOST_BODY_BYTES = 64 * 1024
/** So much of a delivery is kept to be read; what is longer is checked as it comes, and counts as a push. */
const MOST_READ_BYTES = 1024 * 1024
/** So much of all deliveries that are coming in is kept: anybody can send something, and is only then known. */
const MOST_KEPT_BYTES = 64 * 1024 * 1024
/** GitHub sends at most 25 MB. */
const MOST_DELIVERY_BYTES = 26 * 1024 * 1024

export interface AppOptions {
  store: Store
  sources: readonly Source[]
  /** Names by which it is asked over TCP. */
  names: readonly string[]
  /** Called after something may have been queued. */
  onChange(): void
}

/** `socket`: the request came over the server's own socket, which its owner alone can open. */
export type AppEnv = { Bindings: { socket: boolean } }

/** The server's HTTP. */
export function createApp({ store, sources, names, onChange }: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const together = createTogether(store.db)
  const room = { left: MOST_KEPT_BYTES }
  const headersOf =
    (context: Context): Headers =>
    (name) =>
      context.req.header(name)

  /** Who asks, or the answer to somebody who may not. */
  function whoAsks(context: Context<AppEnv>): Actor | Response {
    if (context.env.socket) return OWNER
    const problem = crossSite(headersOf(context), names)
    if (problem !== undefined) return context.json({ problem }, 403)
    const token = /^Bearer (\S{1,200})$/.exec(context.req.header('authorization') ?? '')?.[1]
    const found = token === undefined ? undefined : store.tokens.find(token)
    if (found) return actorOf(found)
    return context.json({ problem: 'this takes a token: Authorization: Bearer …' }, 401)
  }

  app.use('*', async (context, next) => {
    await next()
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
  })

  app.get('/healthz', (context) => {
    store.db.sql('SELECT 1').get()
    return context.text('ok\n')
  })

  app.post('/hooks/:source', async (context) => {
    const source = sources.find(({ name }) => name === context.req.param('source'))
    const header = headersOf(context)
    // Whoever can't sign is not told which sources there are.
    const unknown = () => context.json({ problem: 'no webhook is signed like this' }, 401)
    if (!source?.webhook) return unknown()
    const { forge, secret } = source.webhook
    const checker = checkerOf(forge, secret, header, store.now())
    const body = await bodyOf(context, MOST_DELIVERY_BYTES, MOST_READ_BYTES, {
      room,
      onPiece: checker.update,
    })
    if (body === 'too long') return context.json({ problem: 'this is too long' }, 413)
    if (!checker.isAuthentic()) return unknown()
    const delivery = readDelivery(forge, header, body)
    // Answered when it is on the disk.
    const verdict = await together(() => take(store, source.name, source.branch, delivery))
    onChange()
    return context.json({ verdict }, 202)
  })

  app.get('/metrics', (context) => {
    const actor = whoAsks(context)
    if (actor instanceof Response) return actor
    const seen = sources.filter(({ name }) => actor.sources === null || actor.sources.includes(name))
    if (!hasRole(actor, 'viewer')) return context.json({ problem: 'this takes a viewer' }, 403)
    return context.text(metricsText(store, seen), 200, { 'content-type': 'text/plain; version=0.0.4' })
  })

  app.get('/api/v1/events', (context) => {
    const actor = whoAsks(context)
    return actor instanceof Response ? actor : streamEvents(context, store, actor)
  })

  for (const route of ROUTES) {
    app.on(route.method, route.path, async (context) => {
      const actor = whoAsks(context)
      if (actor instanceof Response) return actor
      const given = route.method === 'GET' ? context.req.query() : await jsonOf(context)
      if (given === undefined)
        return context.json({ problem: 'the body is no JSON object, or too long' }, 400)
      const key = context.req.header('idempotency-key')
      if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) {
        return context.json({ problem: 'Idempotency-Key takes 1 to 200 letters' }, 400)
      }
      const { status, body } = answer(
        route,
        { actor, params: context.req.param() as Record<string, string>, body: given, key },
        ...([store, sources] as const),
      )
      if (route.method !== 'GET') onChange()
      return context.json(body, status as ContentfulStatusCode)
    })
  }

  app.notFound((context) => context.json({ problem: 'there is no such thing' }, 404))
  return app
}

interface Reading {
  onPiece?: (piece: Uint8Array) => void
  /** How much may be kept of all that is being read. */
  room?: { left: number }
}

/** Reads a body as it comes. undefined: it is longer than what is to be kept of it, or there was no room. */
async function bodyOf(
  context: Context,
  most: number,
  longest: number,
  { onPiece, room = { left: longest } }: Reading = {},
): Promise<Buffer | undefined | 'too long'> {
  let pieces: Uint8Array[] | undefined = []
  let [bytes, kept] = [0, 0]
  try {
    for await (const piece of context.req.raw.body ?? []) {
      bytes += piece.byteLength
      if (bytes > most) return 'too long'
      onPiece?.(piece)
      if (bytes > longest || room.left < piece.byteLength) pieces = undefined
      if (!pieces) continue
      pieces.push(piece)
      room.left -= piece.byteLength
      kept += piece.byteLength
    }
    return pieces && Buffer.concat(pieces)
  } finally {
    room.left += kept
  }
}

async function jsonOf(context: Context): Promise<Record<string, unknown> | undefined> {
  const body = await bodyOf(context, MOST_BODY_BYTES, MOST_BODY_BYTES)
  if (!Buffer.isBuffer(body)) return undefined
  if (body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
