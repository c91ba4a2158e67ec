import { randomBytes } from 'node:crypto'
import { CallFailed } from '../../contract/failure.js'
import { CONTRACT_VERSION, type Params, type Result } from '../../contract/verbs.js'
import type { Handlers } from '../../wire/peer.js'
import { addKey, listKeys, removeKey } from '../access/keys.js'
import { narrowReport } from '../access/narrow-report.js'
import { rightsOf } from '../access/session.js'
import { isTurn } from '../activation/turns.js'
import { serviceHistory } from '../journal/history.js'
import { serviceLogs } from '../journal/logs.js'
import { forgetSecret, keepSecret } from '../secrets/keep.js'
import { removeService, requireService, setMaintenance, stopService, withdraw } from '../services/operate.js'
import { installedUnits } from '../services/units.js'
import { dryActivate } from '../systems/dry-activate.js'
import {
  abort,
  acknowledge,
  confirmActivation,
  follow,
  liveOf,
  reachActivation,
  undo,
} from './activations.js'
import { apply } from './apply.js'
import { othersOf } from './others.js'
import type { Parts } from './parts.js'
import type { Session } from './session.js'
import type { State } from './state.js'

/** What the agent does for each verb, for one login. */
export function handlersFor(state: State, parts: Parts, session: Session): Handlers {
  const { agent, deps } = state
  const { peer } = session
  /** Runs while nobody else works on the host. */
  const inTurn = async <T>(who: string, what: string, work: () => Promise<T>): Promise<T> => {
    const id = `op-${randomBytes(4).toString('hex')}`
    const taken = await state.turns.take({ id, who, what, since: Math.floor(Date.now() / 1000) })
    if (!isTurn(taken)) throw new CallFailed({ kind: 'locked', holder: taken })
    try {
      return await work()
    } finally {
      taken.end()
    }
  }
  return {
    hello: async ({ contract }) => {
      if (contract !== CONTRACT_VERSION) throw new CallFailed({ kind: 'version', contract: CONTRACT_VERSION })
      const { version, bundle } = parts.self
      const { became, key } = peer
      return { contract: CONTRACT_VERSION, version, bundle, became, key, ...(await parts.upgrades()) }
    },
    report: async (params) => {
      const login = { root: true, became: peer.became, key: peer.key }
      const report = await parts.report(params, login)
      if (peer.key === null) return report
      const others = await othersOf(agent, peer.key.service)
      return narrowReport(
        report,
        await rightsOf(agent, peer.key),
        others.flatMap(({ ports }) => ports),
      )
    },
    apply: async (request) => {
      await apply(state, session, request)
      return {}
    },
    follow: async (params) => {
      await follow(state, session, params)
      return {}
    },
    abort: async (params) => {
      await abort(state, params)
      return {}
    },
    reach: async ({ id }) => {
      await reachActivation(state, session, id)
      return {}
    },
    confirm: async (params) => {
      await confirmActivation(state, session, params)
      return {}
    },
    acknowledge: async ({ id }) => {
      await acknowledge(state, liveOf(state, id))
      return {}
    },
    undo: async (params) => {
      await undo(state, session, params)
      return {}
    },
    withdraw: async ({ service, who }) => {
      await requireService(agent, service)
      const work = () => withdraw(agent, deps, service)
      return { withdrawn: await inTurn(who, `withdraw the canary of ${service}`, work) }
    },
    maintenance: async ({ service, on }) => {
      await requireService(agent, service)
      await setMaintenance(agent, service, on)
      return {}
    },
    stop: async ({ service, who }) => {
      await requireService(agent, service)
      await inTurn(who, `stop ${service}`, () => stopService(agent, service))
      return {}
    },
    remove: async ({ service, who, purge }) => {
      await requireService(agent, service)
      const work = () => removeService(agent, deps, service, purge)
      return { stateKept: await inTurn(who, `remove ${service}`, work) }
    },
    history: async ({ service }) => ({ entries: await serviceHistory(agent, service) }),
    logs: (params) => logs(state, session, params),
    keepSecret: async (params) => {
      const { who, name, service } = params
      const work = () => keepSecret(agent, params, agent.step)
      await inTurn(who, `keep the secret ${name} of ${service}`, work)
      return {}
    },
    forgetSecret: async (params) => {
      const { who, name, service } = params
      await inTurn(who, `forget the secret ${name} of ${service}`, () => forgetSecret(agent, params))
      return {}
    },
    listKeys: () => listKeys(agent),
    addKey: (params) => addKey(agent, params),
    removeKey: async (params) => {
      await removeKey(agent, params)
      return {}
    },
    certificates: (params) => parts.certificates.certificates(params),
    setCertificateEnv: async (params) => {
      await parts.certificates.setCertificateEnv(params)
      return {}
    },
    certificateAuthority: () => parts.certificates.certificateAuthority(),
    dryActivate: (params) => dryActivate(agent, params),
    prepare: (params) => parts.prepare(params),
    upgrade: async ({ hash, stream }) => {
      const [from = ''] = peer.connection.split(' ')
      await parts.upgrade(hash, session.channel.download(stream), `somebody at ${from || 'the host itself'}`)
      return {}
    },
  }
}

/** Sends a service's journal as bytes beside the calls; whoever wants no more of it breaks the stream off. */
async function logs({ agent }: State, { channel }: Session, params: Params<'logs'>): Promise<Result<'logs'>> {
  const over = new AbortController()
  void channel.closed.then(() => over.abort())
  const installed = await installedUnits(agent, params.service)
  const { stream, done } = channel.upload(
    await serviceLogs(agent, params, { installed, signal: over.signal }),
  )
  done.catch(() => undefined).finally(() => over.abort())
  return { stream }
}
