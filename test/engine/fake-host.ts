import { setTimeout as sleep } from 'node:timers/promises'
import { resolveHost } from '../../src/config/resolve.js'
import type { HostConfig } from '../../src/config/resolved.js'
import type { ApplyRequest } from '../../src/contract/activation.js'
import type { EventStep, HostEvent } from '../../src/contract/events.js'
import { CallFailed, failed } from '../../src/contract/failure.js'
import type { Report } from '../../src/contract/report.js'
import {
  CONTRACT_VERSION,
  type EventNotification,
  eventNotificationSchema,
  type Params,
  type Result,
  VERBS,
  type Verb,
} from '../../src/contract/verbs.js'
import { SlipwayError } from '../../src/errors.js'
import type { AgentClient } from '../../src/remote/agent-client.js'
import { connectionLost } from '../../src/remote/connection.js'
import type { Login } from '../../src/remote/login.js'
import { report } from '../plan/samples.js'

/** What a call over a login was. */
export interface Call {
  verb: Verb
  params: unknown
  /** `main-1`, `fresh-1`, … in the order of the logins. */
  over: string
}

/** An activation, as its host plays it. */
export interface Played {
  request: ApplyRequest
  tell(item: string, step: EventStep, detail?: string): Promise<void>
  /** Tells that nothing but the confirmation is missing; resolves to how that ended. */
  wait(): Promise<'confirmed' | { aborted: string } | { undone: string }>
  /** Resolves when it is asked to stop. */
  stopped(): Promise<string>
}

export interface FakeHostOptions {
  name?: string
  report?: Partial<Report>
  /** How it goes about an activation. Default: {@link goWell}. */
  play?(played: Played): Promise<void>
  /** What it does when it is told to undo. Default: it reverts all. */
  undo?(played: Played): Promise<void>
  /** Called before each verb; may throw what the host answers. */
  before?(call: Call): void | Promise<void>
  answers?: { [V in Verb]?: (params: Params<V>) => Result<V> | Promise<Result<V>> }
}

interface Activation {
  request: ApplyRequest
  events: HostEvent[]
  /** What wakes who waits for a confirmation, or a request to stop. */
  wake: Set<() => void>
  waiting: boolean
  confirmed: boolean
  aborted: string | undefined
}

/** A host that speaks the contract: what goes in and comes out is checked against its schemas. */
export interface FakeHost {
  config: HostConfig
  calls: Call[]
  /** The verbs of the calls, with the login they came over. */
  verbs(): string[]
  /** What came over streams, by their number. */
  uploads: Map<number, Buffer>
  /** Cuts off all logins there are. */
  lose(): void
  /** Whether logins come about. */
  reachable: boolean
  /** Whether sshd answers. */
  banner: boolean
  /** Whether only ssh finds the way to it. */
  behindProxy: boolean
  login(kind: 'main' | 'fresh'): Promise<Login>
  /** The number of logins that are open. */
  open(): number
}

export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const { name = 'nixie', play = goWell, undo = revertAll, before, answers = {} } = options
  const config = resolveHost(name, { ssh: `root@${name}` })
  const activations = new Map<string, Activation>()
  const logins = new Set<{ lose(): void; follow: Map<string, number>; push(): void }>()
  const counts = { main: 0, fresh: 0 }
  const host: FakeHost = {
    ...{ config, calls: [], uploads: new Map(), reachable: true, banner: true, behindProxy: false },
    verbs: () => host.calls.map(({ verb, over }) => `${over} ${verb}`),
    lose: () => {
      for (const login of logins) login.lose()
    },
    open: () => logins.size,
    login: async (kind) => {
      await sleep(1)
      if (!host.reachable) throw new SlipwayError({ what: `${name} can't be reached` })
      counts[kind] += 1
      return logIn(`${kind}-${counts[kind]}`)
    },
  }

  function activationOf(id: string): Activation {
    const found = activations.get(id)
    if (!found) throw new CallFailed({ kind: 'gone' })
    return found
  }

  function playedOf(activation: Activation): Played {
    const woken = <T>(look: () => T | undefined): Promise<T> =>
      new Promise((resolve) => {
        const wake = () => {
          const found = look()
          if (found === undefined) return
          activation.wake.delete(wake)
          resolve(found)
        }
        activation.wake.add(wake)
        wake()
      })
    const tell = async (item: string, step: EventStep, detail?: string) => {
      activation.events.push({ item, step, detail: detail ?? null })
      for (const login of logins) login.push()
      await sleep(1)
    }
    return {
      request: activation.request,
      tell,
      stopped: () => woken(() => activation.aborted),
      wait: async () => {
        activation.waiting = true
        await tell('', 'waiting', '30')
        for (const wake of activation.wake) wake()
        return woken(() => {
          if (activation.confirmed) return 'confirmed' as const
          return activation.aborted === undefined ? undefined : { aborted: activation.aborted }
        })
      },
    }
  }

  function logIn(over: string): Login {
    const listeners = new Set<(event: EventNotification) => void>()
    let open = true
    let close = () => {}
    const closed = new Promise<void>((resolve) => {
      close = () => {
        open = false
        logins.delete(state)
        resolve()
      }
    })
    const state = {
      follow: new Map<string, number>(),
      lose: () => close(),
      push: () => {
        for (const [id, next] of state.follow) {
          const told = activations.get(id)?.events.slice(next) ?? []
          state.follow.set(id, next + told.length)
          for (const [index, event] of told.entries()) {
            const notification = eventNotificationSchema.parse({ id, seq: next + index, event })
            for (const listener of listeners) listener(notification)
          }
        }
      },
    }
    logins.add(state)
    const lost = () => connectionLost(name, config.ssh, 'The connection was lost.')
    const handlers: { [V in Verb]?: (params: Params<V>) => Result<V> | Promise<Result<V>> } = {
      report: () => report(options.report),
      apply: (request) => {
        const activation: Activation = {
          ...{ request, events: [], wake: new Set(), waiting: false, confirmed: false, aborted: undefined },
        }
        activations.set(request.id, activation)
        state.follow.set(request.id, 0)
        const played = playedOf(activation)
        setImmediate(() => void play(played).then(() => played.tell('', 'ended')))
        return {}
      },
      follow: ({ id, known }) => {
        activationOf(id)
        state.follow.set(id, known)
        setImmediate(state.push)
        return {}
      },
      abort: ({ id, reason }) => {
        const activation = activationOf(id)
        activation.aborted = reason
        for (const wake of activation.wake) wake()
        return {}
      },
      reach: async ({ id }) => {
        const activation = activationOf(id)
        while (!activation.waiting && activation.events.at(-1)?.step !== 'ended') await sleep(1)
        if (!activation.waiting) throw failed('nothing waits for a confirmation any more: it was put back')
        return {}
      },
      confirm: ({ id, nonce }) => {
        const activation = activationOf(id)
        if (nonce !== activation.request.nonce) throw failed('this is no confirmation')
        activation.confirmed = true
        for (const wake of activation.wake) wake()
        return {}
      },
      acknowledge: ({ id }) => {
        activationOf(id)
        activations.delete(id)
        return {}
      },
      undo: ({ id }) => {
        const activation = activationOf(id)
        state.follow.set(id, activation.events.length)
        const played = playedOf(activation)
        setImmediate(() => void undo(played).then(() => played.tell('', 'ended')))
        return {}
      },
      ...answers,
    }
    const agent: AgentClient = {
      hello: {
        contract: CONTRACT_VERSION,
        ...{ version: '0.1.0', bundle: 'b', became: false, key: null },
        // Nobody brings it another.
        declared: true,
      },
      call: async <V extends Verb>(verb: V, given: Params<V>): Promise<Result<V>> => {
        if (!open) throw lost()
        const params = VERBS[verb].params.parse(overTheWire(given)) as Params<V>
        const made: Call = { verb, params, over }
        host.calls.push(made)
        const answer = async () => {
          await before?.(made)
          await sleep(1)
          const handler = handlers[verb]
          if (!handler) throw new Error(`nobody said what the host does for ${verb}`)
          return VERBS[verb].result.parse(overTheWire(await handler(params))) as Result<V>
        }
        return Promise.race([answer(), closed.then(() => Promise.reject(lost()))])
      },
      onEvent: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      upload: (source) => {
        const stream = host.uploads.size * 2 + 1
        host.uploads.set(stream, Buffer.alloc(0))
        const done = collect(source).then((bytes) => void host.uploads.set(stream, bytes))
        return { stream, done }
      },
      download: () => {
        throw new Error('nobody said what comes')
      },
      closed,
      close,
    }
    return {
      ...{ host: name, destination: config.ssh, become: [], agent, close },
      sshOptions: () => [],
      run: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
    }
  }
  return host
}

/** What JSON leaves of a value. */
function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

async function collect(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (Symbol.asyncIterator in source) {
    const chunks: Uint8Array[] = []
    for await (const chunk of source) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  return Buffer.from(source)
}

/** Activates all, waits for the confirmation, and is done; put back where it was asked to. */
export async function goWell(played: Played): Promise<void> {
  await begin(played)
  const end = await played.wait()
  if (end !== 'confirmed') return revert(played, 'aborted' in end ? end.aborted : end.undone)
  for (const { name, to } of played.request.items) {
    await played.tell(name, 'confirmed')
    await played.tell(name, 'done', String(to))
  }
}

/** Starts all, and finds it healthy. */
export async function begin({ request, tell }: Played): Promise<void> {
  for (const { name, to } of request.items) {
    await tell(name, 'starting', String(to))
    await tell(name, 'checking')
  }
  for (const { name, to } of request.items) await tell(name, 'active', String(to))
}

/** Puts all back, for a reason. */
export async function revert({ request, tell }: Played, reason: string): Promise<void> {
  for (const item of request.items) {
    await tell(item.name, 'failed', reason)
    await tell(item.name, 'reverted', item.kind === 'service' ? String(item.expected ?? '') : '7')
  }
}

function revertAll(played: Played): Promise<void> {
  return revert(played, 'another host of this deploy failed, and it was to be all or nothing')
}
