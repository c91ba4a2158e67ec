import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Store } from '../store/store.js'
import { type Actor, sees } from './actor.js'

/** A proxy takes a connection for dead on which nothing comes for a minute. */
const ALIVE_MS = 15_000

/**
 * What happens, as server-sent events, from after `Last-Event-ID` (or `?after=`) on. An event `gap` says that some of what
 * was asked for is forgotten: `/api/v1/state` tells what there is now.
 */
export function streamEvents(context: Context, { events }: Store, actor: Actor): Response {
  const asked = context.req.header('last-event-id') ?? context.req.query('after') ?? ''
  let seq = /^\d{1,15}$/.test(asked) ? Number(asked) : events.newest()
  context.header('X-Accel-Buffering', 'no')
  return streamSSE(context, async (stream) => {
    let wake = () => {}
    const stop = events.follow(() => wake())
    stream.onAbort(() => {
      stop()
      wake()
    })
    if (seq < events.forgotten() || seq > events.newest()) {
      seq = events.newest()
      await stream.writeSSE({ event: 'gap', id: String(seq), data: '{}' })
    }
    while (!stream.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve
      })
      const piece = events.after(seq)
      for (const event of piece) {
        seq = event.seq
        if (event.source !== '' && !sees(actor, event.source)) continue
        await stream.writeSSE({ id: String(seq), event: event.kind, data: JSON.stringify(event) })
      }
      if (piece.length > 0) continue
      const timer = setTimeout(wake, ALIVE_MS)
      await changed
      clearTimeout(timer)
      if (!stream.aborted && events.newest() === seq) await stream.write(': alive\n\n')
    }
    stop()
  })
}
