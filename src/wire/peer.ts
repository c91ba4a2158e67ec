import {
  createJSONRPCErrorResponse,
  JSONRPCClient,
  JSONRPCErrorCode,
  type JSONRPCErrorException,
  JSONRPCServer,
  JSONRPCServerAndClient,
} from 'json-rpc-2.0'
import { CallFailed, FAILURE_CODE, failureSchema } from '../contract/failure.js'
import { streamsOf } from '../contract/streams.js'
import {
  EVENT_NOTIFICATION,
  type EventNotification,
  eventNotificationSchema,
  type Params,
  type Result,
  VERBS,
  type Verb,
} from '../contract/verbs.js'
import { type Channel, type ChannelOptions, openChannel } from './channel.js'

/** The agent's half of the contract: what it does for each verb. */
export type Handlers = { [V in Verb]: (params: Params<V>) => Promise<Result<V>> }

/** Calls of one login that are answered at a time; more are refused. */
export const MOST_CALLS = 64
/** The longest id of a call: a number, or a UUID. */
const ID_LENGTH = 64

/** The agent's end of a connection. */
export interface AgentPeer {
  channel: Channel
  notify(event: EventNotification): void
}

export interface ServeOptions extends Omit<ChannelOptions, 'opens' | 'onMessage'> {
  /** Called before each verb; throws {@link CallFailed} where it is not to be done. */
  allow(verb: Verb, params: Params<Verb>): void | Promise<void>
  /** Default: {@link MOST_CALLS}. */
  mostCalls?: number
  handlers: Handlers
  /** What the other end is told of an error: a {@link CallFailed}, unless it is a defect. */
  told(error: unknown): unknown
  /** Told why a call came to nothing: a {@link CallFailed}, or a defect. */
  onFailure(verb: Verb, error: unknown): void
}

/** Answers calls. What comes is validated before anything sees it. */
export function servePeer(options: ServeOptions): AgentPeer {
  const server = new JSONRPCServer({ errorListener: () => undefined })
  server.mapErrorToJSONRPCErrorResponse = (id, error) => {
    if (error instanceof CallFailed) {
      return createJSONRPCErrorResponse(id, FAILURE_CODE, error.message, error.failure)
    }
    const message = error instanceof Error ? error.message : String(error)
    return createJSONRPCErrorResponse(id, JSONRPCErrorCode.InternalError, message)
  }
  const { mostCalls = MOST_CALLS } = options
  let underWay = 0
  const add = <V extends Verb>(verb: V, handler: (params: Params<V>) => Promise<Result<V>>) => {
    server.addMethod(verb, async (given: Params<V> | CallFailed) => {
      underWay += 1
      try {
        if (underWay > mostCalls)
          throw new CallFailed({ kind: 'invalid', problem: 'too many calls at a time' })
        if (given instanceof CallFailed) throw given
        await options.allow(verb, given)
        return await handler(given)
      } catch (error) {
        const told = options.told(error)
        options.onFailure(verb, told)
        throw told
      } finally {
        underWay -= 1
        if (!(given instanceof CallFailed)) for (const stream of streamsOf(verb, given)) channel.drop(stream)
      }
    })
  }
  for (const verb of Object.keys(VERBS) as Verb[]) add(verb, options.handlers[verb] as never)
  const client = new JSONRPCClient((payload) => channel.send(JSON.stringify(payload)))
  const peer = new JSONRPCServerAndClient(server, client, { errorListener: () => undefined })
  const channel = openChannel({ ...options, opens: 'even', onMessage: (text) => receive(peer, text, callOf) })
  return {
    channel,
    notify: (event) => peer.notify(EVENT_NOTIFICATION, event, undefined),
  }
}

/** The deployer's end of a connection. */
export interface CallingPeer {
  channel: Channel
  /** @throws CallFailed what the agent could not, or would not, do; else the error that `lost` makes. */
  call<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>>
}

export interface CallOptions extends Omit<ChannelOptions, 'opens' | 'onMessage'> {
  onEvent(event: EventNotification): void
  /** The error for calls that the connection's end leaves without an answer. */
  lost(cause: Error | undefined): Error | Promise<Error>
}

export function callPeer(options: CallOptions): CallingPeer {
  const server = new JSONRPCServer({ errorListener: () => undefined })
  server.addMethod(EVENT_NOTIFICATION, (given: unknown) => {
    const parsed = eventNotificationSchema.safeParse(given)
    if (parsed.success) options.onEvent(parsed.data)
  })
  const client = new JSONRPCClient((payload) => channel.send(JSON.stringify(payload)))
  const peer = new JSONRPCServerAndClient(server, client, { errorListener: () => undefined })
  const channel = openChannel({ ...options, opens: 'odd', onMessage: (text) => receive(peer, text) })
  const lost = channel.closed.then(async (cause): Promise<never> => {
    throw await options.lost(cause)
  })
  lost.catch(() => undefined)
  return {
    channel,
    call: async (verb, params) => {
      try {
        const result: unknown = await Promise.race([peer.request(verb, params, undefined), lost])
        return VERBS[verb].result.parse(result) as Result<typeof verb>
      } catch (error) {
        throw failureOf(error) ?? error
      }
    },
  }
}

function receive(
  peer: JSONRPCServerAndClient,
  text: string,
  callIn: (message: object) => object | undefined = (message) => message,
): void {
  let payload: unknown
  try {
    payload = JSON.parse(text)
  } catch {
    // What is no JSON is nobody's call, and has no id to be answered with.
    return
  }
  // Calls come one by one: a batch would get around the limit of calls at a time.
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return
  const message = callIn(payload)
  if (message === undefined) return
  Promise.resolve(peer.receiveAndSend(message, undefined, undefined)).catch(() => undefined)
}

/**
 * What a message calls for, with the parameters that the verb has, or what is wrong with them: whatever else somebody
 * sent is not kept while the call is answered. undefined where it is no call.
 */
function callOf(message: object): object | undefined {
  const { jsonrpc, id, method, params } = message as Record<string, unknown>
  const isId = typeof id === 'number' || (typeof id === 'string' && id.length <= ID_LENGTH)
  if (typeof method !== 'string' || !isId) return undefined
  // Answered as the method that there is not.
  if (!Object.hasOwn(VERBS, method)) return { jsonrpc, id, method: '' }
  return { jsonrpc, id, method, params: understood(method as Verb, params) }
}

function understood(verb: Verb, params: unknown): Params<Verb> | CallFailed {
  const invalid = (problem: string) => new CallFailed({ kind: 'invalid', problem: `${verb}: ${problem}` })
  try {
    const parsed = VERBS[verb].params.safeParse(params)
    return parsed.success ? parsed.data : invalid(problemOf(parsed.error))
  } catch (error) {
    // So much of it is wrong that it could not be told.
    if (error instanceof RangeError) return invalid('not understood')
    throw error
  }
}

function failureOf(error: unknown): CallFailed | undefined {
  const { code, data } = error as Partial<JSONRPCErrorException>
  if (code !== FAILURE_CODE) return undefined
  const parsed = failureSchema.safeParse(data)
  return parsed.success ? new CallFailed(parsed.data) : undefined
}

/** The first thing that is wrong, and where. */
function problemOf(error: { issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const [first] = error.issues
  return first ? `${first.path.map(String).join('.')}: ${first.message}` : 'not understood'
}
