import type { HostConfig } from '../config/resolved.js'
import { type Connection, type RemoteOptions, runFresh, SSH_FAILED } from './connection.js'
import { becomeWith } from './password.js'
import { type HostEvent, runVerb, verbCommand, verbError } from './verbs.js'

/** What a deploy sends to a host. */
export interface ApplyRequest {
  id: string
  who: string
  what: string
  /** A tar archive: see `host/apply.sh`. */
  archive: Uint8Array
  /** Another one, of values that the host lacks: see `host/secrets.sh`. Empty for none. */
  secrets: Uint8Array
  /** Whether the host keeps its record of what to put back beyond the end. */
  keep: boolean
}

/** The last line of an activation's events. */
const END = '{"end":true}'
/** Tells the host that its record of the activation is no longer needed. */
const ACKNOWLEDGED = 'ack\n'
/** Tells it that somebody will come back for it. */
const KEEP = 'keep\n'

/**
 * How a look at an activation ended: with its end; because the host has no such activation (any more);
 * or in between.
 */
export type FollowEnd = 'ended' | 'gone' | 'lost'

/** `EXIT_GONE` of the host's program. */
const EXIT_GONE = 66

/** Called for each line of what the host tells. */
export type OnEvent = (event: HostEvent) => void

/**
 * Stages and activates releases; events come as they happen.
 * @throws ConnectionLost when the login is cut off; the activation goes on.
 */
export function apply(connection: Connection, request: ApplyRequest, onEvent: OnEvent): Promise<FollowEnd> {
  const { id, archive, who, what, secrets } = request
  const args = [id, String(archive.byteLength), who, what, String(secrets.byteLength)]
  return toTheEnd(connection, 'apply', args, onEvent, request)
}

/** Goes on following an activation whose first events are known. */
export function follow(
  connection: Connection,
  id: string,
  known: number,
  onEvent: OnEvent,
): Promise<FollowEnd> {
  return toTheEnd(connection, 'follow', [id, String(known)], onEvent)
}

/** The same, and asks the host to put back what was there, for a reason, unless it has confirmed it. */
export function abort(
  connection: Connection,
  id: string,
  known: number,
  reason: string,
  onEvent: OnEvent,
): Promise<FollowEnd> {
  return toTheEnd(connection, 'abort', [id, String(known), reason], onEvent)
}

/** Takes back what a host has confirmed, for a reason. */
export function undo(
  connection: Connection,
  id: string,
  who: string,
  reason: string,
  onEvent: OnEvent,
): Promise<FollowEnd> {
  return toTheEnd(connection, 'undo', [id, who, reason], onEvent)
}

/** What a host says to a new login that comes to confirm. */
const REACHED = 'reached'

/** Disarms the guard, over a new login. */
export async function confirm(
  host: HostConfig,
  id: string,
  given: {
    /** Comes when all that the deployer wants to be sure of has come true. */
    nonce: Promise<string>
    /** Called when the new login has come about. */
    onReached: () => void
    /** Gives up. */
    signal: AbortSignal
  },
): Promise<'confirmed' | 'unreachable' | { refused: string }> {
  const { become, first } = becomeWith(host)
  const { exitCode, stderr } = await runFresh(host, verbCommand({ become }, 'confirm', [id]), {
    first,
    input: given.nonce.then((text) => `${text}\n`),
    signal: given.signal,
    onLine: (line) => {
      if (line === REACHED) given.onReached()
    },
  })
  if (exitCode === 0) return 'confirmed'
  return exitCode === SSH_FAILED ? 'unreachable' : { refused: stderr.trim() }
}

async function toTheEnd(
  connection: Connection,
  verb: string,
  args: string[],
  onEvent: OnEvent,
  request?: ApplyRequest,
): Promise<FollowEnd> {
  let ended = false
  const onLine: NonNullable<RemoteOptions['onLine']> = (line, reply) => {
    const event = parse(line)
    if (event) onEvent(event)
    if (line !== END) return
    ended = true
    reply(request?.keep ? KEEP : ACKNOWLEDGED)
  }
  const given = request ? { input: Buffer.concat([request.archive, request.secrets]) } : {}
  const result = await runVerb(connection, verb, args, { ...given, onLine, holdInput: true })
  if (ended) return 'ended'
  if (result.exitCode === EXIT_GONE) return 'gone'
  if (result.exitCode !== 0) throw verbError(connection, verb, result)
  return 'lost'
}

function parse(line: string): HostEvent | undefined {
  if (!line.startsWith('{"item"')) return undefined
  try {
    return JSON.parse(line) as HostEvent
  } catch {
    // A line cut off by a lost connection comes again, whole, to who asks again.
    return undefined
  }
}
