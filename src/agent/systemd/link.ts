import {
  BUS,
  type Call,
  type Connection,
  ConnectionLost,
  openConnection,
  Refusal,
} from './dbus/connection.js'
import type { Message } from './dbus/message.js'

/** A connection on which systemd is, and tells of its jobs; once lost, it stays so. */
export interface Link {
  /** The values of systemd's answer. */
  ask(call: Question): Promise<unknown[]>
  /** Told of each job that ends, until what is returned is called. */
  watchJobs(listener: JobListener): () => void
  /** Aborted with a ConnectionLost when the connection is gone, or systemd is gone from it. */
  lost: AbortSignal
  close(why: string): void
}

export type Question = Omit<Call, 'destination'>
/** `path` is the job's object. */
export type JobListener = (path: string, result: string) => void

/** Where a Link can be made. */
export interface Sockets {
  /** The system bus. */
  bus: string
  /** systemd's own socket, where it speaks D-Bus with root without a bus. */
  direct: string
}

export const SYSTEMD = 'org.freedesktop.systemd1'
export const MANAGER = { path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` } as const

/** What the bus says in systemd's place when systemd is not there (any more). */
const NOT_THERE = new Set(
  ['NameHasNoOwner', 'ServiceUnknown', 'NoReply', 'Disconnected'].map((name) => `${BUS}.Error.${name}`),
)

/** Over the system bus, as systemd's documentation wants it. */
export async function linkOverBus(path: string): Promise<Link> {
  let owner: string | undefined
  const { onJobRemoved, watchJobs } = jobListeners()
  const connection: Connection = await openConnection(path, (signal) => {
    // Any user of the host may send us signals: what counts is who sends them, which the bus writes down.
    if (signal.sender === BUS && signal.interface === BUS && signal.member === 'NameOwnerChanged') {
      if (signal.body[0] === SYSTEMD && owner !== undefined && signal.body[2] !== owner) {
        connection.close('systemd has left the bus')
      }
    } else if (signal.sender === owner && owner !== undefined) onJobRemoved(signal)
  })
  const ask = async (destination: string, call: Question) => {
    try {
      return await connection.call({ ...call, destination })
    } catch (error) {
      if (!(error instanceof Refusal) || !error.ofBus || !NOT_THERE.has(error.errorName)) throw error
      connection.close('systemd is not on the bus')
      throw connection.lost.reason
    }
  }
  const askBus = (member: string, args: string[] = []) =>
    ask(BUS, {
      path: '/org/freedesktop/DBus',
      interface: BUS,
      member,
      signature: 's'.repeat(args.length),
      args,
    })
  try {
    const [, , , [name]] = await Promise.all([
      askBus('Hello'),
      askBus('AddMatch', [`type='signal',sender='${BUS}',member='NameOwnerChanged',arg0='${SYSTEMD}'`]),
      askBus('AddMatch', [`type='signal',sender='${SYSTEMD}',member='JobRemoved'`]),
      askBus('GetNameOwner', [SYSTEMD]),
    ])
    // The name of systemd's own connection: so calls reach the systemd whose signals we get, or nobody.
    owner = String(name)
    const destination = owner
    await ask(destination, { ...MANAGER, member: 'Subscribe' })
    return {
      ask: (call) => ask(destination, call),
      watchJobs,
      lost: connection.lost,
      close: connection.close,
    }
  } catch (error) {
    connection.close('it could not be set up')
    throw error
  }
}

/** Past the bus, for when there is none; systemd reserves this to its own tools. */
export async function linkDirectly(path: string): Promise<Link> {
  const { onJobRemoved, watchJobs } = jobListeners()
  const connection = await openConnection(path, onJobRemoved)
  return { ask: connection.call, watchJobs, lost: connection.lost, close: connection.close }
}

function jobListeners() {
  const listeners = new Set<JobListener>()
  return {
    onJobRemoved: ({ interface: of, member, body }: Message) => {
      // Its values: the job's number, its object, the unit's name, the result.
      if (of !== MANAGER.interface || member !== 'JobRemoved') return
      for (const listener of listeners) listener(String(body[1]), String(body[3]))
    },
    watchJobs: (listener: JobListener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Whether the answer, or that there is none, tells nothing of what was asked: the connection is gone. */
export function isLost(error: unknown): error is ConnectionLost {
  return error instanceof ConnectionLost
}
