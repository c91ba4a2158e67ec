import type { Readable, Writable } from 'node:stream'
import { CONNECT_MAGIC } from '../contract/exit-codes.js'
import {
  CONTRACT_VERSION,
  type EventNotification,
  type Params,
  type Result,
  type Verb,
} from '../contract/verbs.js'
import { callPeer } from '../wire/peer.js'
import { afterMagic } from './after-magic.js'

/** A host's agent, as a deployer sees it. */
export interface AgentClient {
  /** What it said first. */
  readonly hello: Result<'hello'>
  /** @throws CallFailed what the agent could not, or would not, do. */
  call<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>>
  /** Called for each event of an activation that this login follows; gives what ends that. */
  onEvent(listener: (event: EventNotification) => void): () => void
  /** Sends bytes beside the calls; the number goes into the call that takes them. */
  upload(source: Uint8Array | AsyncIterable<Uint8Array>): { stream: number; done: Promise<void> }
  download(stream: number): AsyncIterable<Buffer>
  /** Resolves when the connection has ended, however. */
  closed: Promise<void>
  close(): void
}

/** The streams of a login's command, and what its end means. */
export interface Pipe {
  readable: Readable
  writable: Writable
  /** The error for what is under way when the connection ends. */
  lost(): Promise<Error>
}

/** Called for each call that has ended: what it was, how long it took, in milliseconds. */
export type OnCall = (verb: Verb, ms: number) => void

/** Says hello over the pipes of a login. */
export async function connectAgent(
  { readable, writable, lost }: Pipe,
  version: string,
  onCall: OnCall = () => undefined,
): Promise<AgentClient> {
  const listeners = new Set<(event: EventNotification) => void>()
  const peer = callPeer({
    readable: readable.pipe(afterMagic(CONNECT_MAGIC, () => undefined)),
    writable,
    onEvent: (event) => {
      for (const listener of listeners) listener(event)
    },
    lost,
  })
  const call = async <V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> => {
    const began = performance.now()
    try {
      return await peer.call(verb, params)
    } finally {
      onCall(verb, performance.now() - began)
    }
  }
  const hello = await call('hello', { contract: CONTRACT_VERSION, version })
  return {
    hello,
    call,
    onEvent: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    upload: peer.channel.upload,
    download: peer.channel.download,
    closed: peer.channel.closed.then(() => undefined),
    close: () => peer.channel.close(),
  }
}
