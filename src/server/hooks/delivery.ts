import { createHash } from 'node:crypto'
import type { Store } from '../store/store.js'
import type { Forge, Headers } from './signature.js'

/** An authentic delivery, as far as it is looked at. */
export interface Delivery {
  id: string
  event: string
  /** Of a push: what was pushed to. undefined: it was too long to be read, or does not say. */
  ref: string | undefined
}

/** What came of a delivery: a look, or why there is none. */
export type Verdict = 'look' | 'another branch' | 'no push' | 'seen before'

/** Names in headers are others' text: kept short. */
const LONGEST_NAME = 200

/** Reads a delivery; `body` is undefined where it was too long to be kept. */
export function readDelivery(forge: Forge, header: Headers, body: Buffer | undefined): Delivery {
  const id =
    forge === 'github'
      ? header('x-github-delivery')
      : forge === 'forgejo'
        ? (header('x-forgejo-delivery') ?? header('x-gitea-delivery'))
        : (header('webhook-id') ?? header('idempotency-key') ?? header('x-gitlab-event-uuid'))
  const event =
    forge === 'github'
      ? header('x-github-event')
      : forge === 'forgejo'
        ? (header('x-forgejo-event') ?? header('x-gitea-event'))
        : header('x-gitlab-event')
  const content = body && textOf(body, header('content-type') ?? '')
  return {
    // Without an id, the same text is the same delivery.
    id: (
      id ??
      createHash('sha256')
        .update(body ?? '')
        .digest('hex')
    ).slice(0, LONGEST_NAME),
    event: (event ?? 'unknown').slice(0, LONGEST_NAME),
    ref: content === undefined ? undefined : refOf(content),
  }
}

/** GitHub and Gitea send a form, too, where the webhook says so. */
function textOf(body: Buffer, type: string): string {
  const text = body.toString()
  return type.startsWith('application/x-www-form-urlencoded')
    ? (new URLSearchParams(text).get('payload') ?? '')
    : text
}

/** What can't be read is looked at: a look does no harm. */
function refOf(text: string): string | undefined {
  try {
    const { ref } = JSON.parse(text) as { ref?: unknown }
    return typeof ref === 'string' ? ref.slice(0, LONGEST_NAME) : undefined
  } catch {
    return undefined
  }
}

const isPush = (event: string) => event === 'push' || event === 'Push Hook'

/**
 * Takes a delivery. It says that there may be something new and nothing else: what is deployed is what the repository
 * itself then says. So one that is sent again, or late, does no harm.
 */
export function take(
  { db, events, sources, now }: Store,
  source: string,
  branch: string,
  given: Delivery,
): Verdict {
  const { id, event, ref } = given
  const verdict: Verdict =
    db.sql('SELECT 1 FROM delivery WHERE source = ? AND id = ?').get(source, id) !== undefined
      ? 'seen before'
      : !isPush(event)
        ? 'no push'
        : ref !== undefined && ref !== `refs/heads/${branch}`
          ? 'another branch'
          : 'look'
  if (verdict === 'seen before') return verdict
  db.sql('INSERT INTO delivery (source, id, event, ref, verdict, at) VALUES (?, ?, ?, ?, ?, ?)').run(
    ...([source, id, event, ref ?? null, verdict, now()] as const),
  )
  if (verdict === 'look') sources.wantLook(source)
  events.tell('delivery', source, null, { id, event, verdict })
  return verdict
}

/** So long GitHub can be asked to deliver again; older ones come no more. */
const KEPT_MS = 7 * 24 * 3600_000

/** Forgets deliveries that nobody can send again. */
export function pruneDeliveries({ db, now }: Store): void {
  db.sql('DELETE FROM delivery WHERE at < ?').run(now() - KEPT_MS)
}
