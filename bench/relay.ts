import { createConnection, createServer, type Socket } from 'node:net'

/** A delay line in front of a TCP server: what a distant host looks like. */
export interface Relay {
  /** The port on 127.0.0.1 to connect to. */
  port: number
  close(): Promise<void>
}

/**
 * How many one-way delays pass until a distant server has a new connection: SYN, SYN-ACK, ACK. The kernel
 * shakes hands with the client at once, so the relay makes up for it.
 */
const SERVER_HAS_CONNECTION = 3
/** The same for the client: it may send after SYN and SYN-ACK. */
const CLIENT_MAY_SEND = 2

/**
 * Passes TCP connections on to a server. Everything takes `oneWayMs` in each direction: constant, whatever
 * the amount, in order, the end of a stream included; a connection costs a round trip to make.
 */
export async function startRelay(server: { host: string; port: number }, oneWayMs: number): Promise<Relay> {
  const open = new Set<Socket>()
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    track(near)
    let far: Socket | undefined
    const toServer = delayLine(oneWayMs, () => far)
    pass(near, toServer, performance.now() + CLIENT_MAY_SEND * oneWayMs)
    const connecting = setTimeout(
      () => {
        far = track(createConnection({ ...server, allowHalfOpen: true, noDelay: true }))
        pass(
          far,
          delayLine(oneWayMs, () => near),
          0,
        )
        far.on('error', () => setTimeout(() => near.destroy(), oneWayMs))
        toServer.flush()
      },
      SERVER_HAS_CONNECTION * oneWayMs - TIMER_LATE_MS,
    )
    near.on('error', () => {
      clearTimeout(connecting)
      setTimeout(() => far?.destroy(), oneWayMs)
    })
  })

  function track(socket: Socket): Socket {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    return socket
  }

  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', resolve)
  })
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

interface DelayLine {
  /** Delivers data, or the end (null), a delay after `sent`. */
  send(data: Buffer | null, sent: number): void
  /** Looks again at what is due: the target is there now. */
  flush(): void
}

/** Timers fire up to a millisecond late, never early: asking for half of it less is right on average. */
const TIMER_LATE_MS = 0.5

/** Each piece leaves when its time has come. Pieces wait in a queue, so order is kept whatever timers do. */
function delayLine(delayMs: number, to: () => Socket | undefined): DelayLine {
  const queue: { data: Buffer | null; due: number }[] = []
  let timer: NodeJS.Timeout | undefined
  const deliver = () => {
    timer = undefined
    const target = to()
    if (!target) return
    const now = performance.now()
    for (let first = queue[0]; first && first.due - TIMER_LATE_MS <= now; first = queue[0]) {
      queue.shift()
      if (first.data) target.write(first.data)
      else target.end()
    }
    const [next] = queue
    if (next) timer = setTimeout(deliver, next.due - now - TIMER_LATE_MS)
  }
  return {
    send: (data, sent) => {
      queue.push({ data, due: sent + delayMs })
      timer ??= setTimeout(deliver, sent + delayMs - performance.now() - TIMER_LATE_MS)
    },
    flush: () => {
      clearTimeout(timer)
      deliver()
    },
  }
}

/** Sends what a socket gives down a delay line; what comes before `earliest` counts as sent then. */
function pass(from: Socket, line: DelayLine, earliest: number): void {
  from.on('data', (data: Buffer) => line.send(data, Math.max(performance.now(), earliest)))
  from.on('end', () => line.send(null, Math.max(performance.now(), earliest)))
}
