import { CONTRACT_VERSION } from '../../contract/verbs.js'
import type { Handlers } from '../../wire/peer.js'
import { readAudit } from '../access/audit-file.js'
import { listKeys } from '../access/keys.js'
import { narrowReport } from '../access/narrow-report.js'
import { rightsOf } from '../access/session.js'
import { addToCache, lackingInCache } from '../cache/add.js'
import { fetchPaths } from '../cache/fetch.js'
import { cacheInfo } from '../cache/info.js'
import { lookInCaches } from '../cache/look.js'
import { serviceHistory } from '../journal/history.js'
import { importPaths, lackingPaths } from '../realise/import.js'
import { forgetSecret, keepSecret } from '../secrets/keep.js'
import { removeService, requireService, setMaintenance, stopService, withdraw } from '../services/operate.js'
import { survey } from '../survey/survey.js'
import { dryActivate } from '../systems/dry-activate.js'
import {
  abort,
  abortTurn,
  acknowledge,
  confirmActivation,
  follow,
  liveOf,
  reachActivation,
  undo,
} from './activations.js'
import { apply } from './apply.js'
import { gc } from './gc.js'
import { inTurn, isTurnOf } from './in-turn.js'
import { keptBy } from './kept.js'
import { addKey, removeKey } from './keys.js'
import type { Serving } from './login.js'
import { createLogs } from './logs.js'
import { realise } from './realise.js'
import { type Session, whoAsks } from './session.js'
import { uninstall } from './uninstall.js'

/** What the agent does for each verb, for one login that may ask for it. */
export function handlersFor(serving: Serving, session: Session): Handlers {
  const { state, parts } = serving
  const { agent, deps } = state
  const { peer } = session
  return {
    hello: async () => {
      const { version, bundle } = parts.self
      const { became, key } = peer
      // Upgrades are none of a key's business.
      const upgrades = key === null ? await parts.upgrades() : {}
      return { contract: CONTRACT_VERSION, version, bundle, became, key, ...upgrades }
    },
    report: async (params) => {
      const { key, became } = peer
      if (key === null) return parts.report(params, { became, only: null })
      const rights = await rightsOf(agent, key)
      const own = rights.services.map(({ service }) => service)
      const report = await parts.report(params, { became, only: rights.observe ? null : own })
      const others = (await keptBy(agent)).filter(({ name }) => !own.includes(name))
      return narrowReport(report, rights, {
        portsOfOthers: others.flatMap(({ ports }) => ports),
        ownTurn: report.lock !== null && isTurnOf(state, key, report.lock),
      })
    },
    survey: () => survey(agent),
    apply: async (request) => {
      await apply(state, session, request)
      return {}
    },
    follow: async (params) => {
      await follow(state, session, params)
      return {}
    },
    abort: async (params) => {
      await abort(state, session, params)
      return {}
    },
    abortTurn: (params) => abortTurn(serving, session, params),
    reach: async ({ id }) => {
      await reachActivation(state, session, id)
      return {}
    },
    confirm: async (params) => {
      await confirmActivation(state, session, params)
      return {}
    },
    acknowledge: async ({ id }) => {
      acknowledge(state, liveOf(state, id))
      return {}
    },
    undo: async (params) => {
      await undo(state, session, params)
      return {}
    },
    realise: (params) => realise(state, session, params),
    lacking: async ({ paths }) => ({ paths: await lackingPaths(agent, paths) }),
    importPaths: async ({ stream }) => {
      await importPaths(agent, session.channel.download(stream))
      return {}
    },
    withdraw: async ({ service, who }) => {
      await requireService(agent, service)
      const work = () => withdraw(agent, deps, service)
      const what = `withdraw the canary of ${service}`
      return { withdrawn: await inTurn(state, whoAsks(peer, who), what, work) }
    },
    maintenance: async ({ service, on }) => {
      await requireService(agent, service)
      await setMaintenance(agent, service, on)
      return {}
    },
    stop: async ({ service, who }) => {
      await requireService(agent, service)
      await inTurn(state, who, `stop ${service}`, () => stopService(agent, service))
      return {}
    },
    remove: async ({ service, who, purge }) => {
      await requireService(agent, service)
      const work = () => removeService(agent, deps, service, purge)
      return { stateKept: await inTurn(state, who, `remove ${service}`, work) }
    },
    history: async ({ service }) => ({ entries: await serviceHistory(agent, service) }),
    logs: createLogs(state, session),
    keepSecret: async (params) => {
      const { who, name, service } = params
      const work = () => keepSecret(agent, params, agent.step)
      await inTurn(state, who, `keep the secret ${name} of ${service}`, work)
      return {}
    },
    forgetSecret: async (params) => {
      const { who, name, service } = params
      await inTurn(state, who, `forget the secret ${name} of ${service}`, () => forgetSecret(agent, params))
      return {}
    },
    cacheLacking: async ({ cache, paths }) => ({ paths: await lackingInCache(agent, cache, paths) }),
    lookInCaches: ({ caches, paths }) => lookInCaches(caches, paths),
    fetchPaths: (params) => fetchPaths(agent, params),
    cacheAdd: (params) => addToCache(agent, params),
    cacheInfo: ({ cache }) => cacheInfo(agent, cache),
    listKeys: () => listKeys(agent),
    addKey: (params) => addKey(serving, peer, params),
    removeKey: (params) => removeKey(serving, peer, params),
    audit: async ({ name, lines }) => ({ entries: await readAudit(agent, { name, most: lines }) }),
    certificates: (params) => parts.certificates.certificates(params),
    setCertificateEnv: async (params) => {
      await parts.certificates.setCertificateEnv(params)
      return {}
    },
    certificateAuthority: () => parts.certificates.certificateAuthority(),
    dryActivate: (params) => dryActivate(agent, params),
    prepare: (params) => parts.prepare(params),
    gc: (params) => gc(serving, peer, params),
    uninstall: (params) => uninstall(serving, peer, params),
    upgrade: async ({ hash, stream }) => {
      const [from = ''] = peer.connection.split(' ')
      await parts.upgrade(hash, session.channel.download(stream), `somebody at ${from || 'the host itself'}`)
      return {}
    },
  }
}
