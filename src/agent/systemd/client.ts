import { failed } from '../../contract/failure.js'
import type { Log } from '../log.js'
import { isNoSuchUnit, orFailed } from './failures.js'
import type { JobMethod } from './job-result.js'
import { runJob } from './jobs.js'
import { MANAGER, type Question } from './link.js'
import { createLinks } from './links.js'
import { allOfUnit, askAgain, manager, oneOf, propertiesOf } from './questions.js'
import { killInTime } from './stop.js'
import type { Systemd, UnitState } from './systemd.js'
import { transientTimer } from './transient-timer.js'
import { unitObject, unitStateOf } from './unit-state.js'

export interface SystemdOptions {
  /** The socket of the system bus. */
  path?: string
  /** systemd's own socket, for when there is no bus. */
  directPath?: string
  log?: Log
}

const BUS_SOCKET = '/run/dbus/system_bus_socket'
const DIRECT_SOCKET = '/run/systemd/private'
/** systemd answers when all units and generators were read again; its own tools wait as long. */
const RELOAD_MS = 180_000

/** systemd over D-Bus. Connects with the first question, and again with the next where the connection was lost. */
export function connectSystemd(options: SystemdOptions = {}): Systemd {
  const { path = BUS_SOCKET, directPath = DIRECT_SOCKET, log } = options
  const links = createLinks({ bus: path, direct: directPath }, log)

  const ask = (question: Question, what: string) => orFailed(what, askAgain(links, question))
  const job = (method: JobMethod, verb: string, name: string, signal?: AbortSignal) =>
    orFailed(`${verb} ${name}`, runJob(links, method, name, signal), signal)
  const managerProperty = async (property: string) => {
    const [value] = await ask(oneOf(MANAGER.path, 'Manager', property), `tell its ${property}`)
    return value
  }
  const unit = async (name: string): Promise<UnitState> =>
    unitStateOf(propertiesOf(await ask(allOfUnit(name), `tell how ${name} is`)))

  return {
    version: async () => versionOf(String(await managerProperty('Version'))),
    unitPath: async () => listOf(await managerProperty('UnitPath')).map(String),
    unit,
    units: (names) => Promise.all(names.map(unit)),
    list: async (patterns) => {
      // To systemd, no pattern is every unit.
      if (patterns.length === 0) return []
      const question = manager('ListUnitsByPatterns', [[], [...patterns]], 'asas')
      const [found] = await ask(question, 'list units')
      // Name, description, load, active and sub state; then what nobody here needs.
      return listOf(found).map((entry) => {
        const [name, , , active, sub] = listOf(entry).map(String)
        return { name: name ?? '', active: active ?? '', sub: sub ?? '' }
      })
    },
    start: (name, { signal } = {}) => job('StartUnit', 'start', name, signal),
    stop: async (name, { signal } = {}) => {
      const end = killInTime(
        name,
        (question) => askAgain(links, question),
        (error) => log?.warning(`whether ${name} ends in time is not known: ${String(error)}`),
      )
      return unlessAbsent(job('StopUnit', 'stop', name, signal), 'done').finally(end)
    },
    restart: (name, { signal } = {}) => job('RestartUnit', 'restart', name, signal),
    reloadOrRestart: (name) => job('ReloadOrRestartUnit', 'reload', name),
    startNoWait: async (name) => {
      await ask(manager('StartUnit', [name, 'replace']), `start ${name}`)
    },
    startTimer: (timer) => {
      const name = `${timer.name}.timer`
      const running = runJob(links, 'StartTransientUnit', name, undefined, transientTimer(timer))
      return orFailed(`start ${name}`, running)
    },
    resetFailed: async (name) => {
      await unlessAbsent(ask(manager('ResetFailedUnit', [name]), `forget that ${name} failed`), [])
    },
    resetAllFailed: async () => {
      await ask(manager('ResetFailed'), 'forget which units failed')
    },
    enable: async (name) => {
      const what = `enable ${name}`
      // For good, and not over what somebody else has put in its place.
      const [hasInstall] = await ask(manager('EnableUnitFiles', [[name], false, false], 'asbb'), what)
      if (hasInstall !== true) throw failed(`systemd did not ${what}`, { why: 'it has no [Install] section' })
    },
    daemonReload: async () => {
      await ask({ ...manager('Reload'), limitMs: RELOAD_MS }, 'read its units again')
    },
    property: async (name, type, property) => {
      const [value] = await ask(oneOf(unitObject(name), type, property), `tell ${property} of ${name}`)
      return value
    },
    close: links.close,
  }
}

/** What stands for the work where systemd has no such unit. */
async function unlessAbsent<T>(work: Promise<T>, absent: T): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (isNoSuchUnit(error)) return absent
    throw error
  }
}

function versionOf(text: string): number {
  const [digits] = /\d+/.exec(text) ?? []
  if (digits === undefined) throw new Error(`systemd's version is '${text}'`)
  return Number(digits)
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error("systemd's answer has no list where one should be")
  return value
}
