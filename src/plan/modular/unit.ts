import type { ModularNode, UnitValue } from '../../config/modular.js'
import type { Directive, Listen } from '../../contract/service.js'
import { asDirective, carried, words } from './directives.js'

/** What cannot be carried, by the name of its option. */
export interface Refused {
  option: string
  why: string
}

/** What a module's unit comes to. */
export interface CarriedUnit {
  unit: Record<string, Directive>
  env: Record<string, string>
  /** Whether it has a state directory. */
  state: boolean
  /** Directives that open the sandbox, as `NAME=value`. */
  opens: string[]
  refused: Refused[]
}

/** Lists of units that a service is ordered after: slipway starts all after the network is set up. */
const ORDER = ['after', 'wants']
/** What a NixOS module says to NixOS, and what is so here anyway. */
const OF_NIXOS =
  /^(description|wantedBy|restartIfChanged|reloadIfChanged|stopIfChanged|restartTriggers|reloadTriggers|startLimitBurst|startLimitIntervalSec|notSocketActivated|enableStrictShellChecks|enableDefaultPath)$/
/** Of `[Unit]`, what tells of this unit alone. */
const OF_THIS_UNIT = /^(Condition\w+|Assert\w+|Documentation|StartLimit\w+|RequiresMountsFor|WantsMountsFor)$/
/** Directories that systemd makes, and where they are. */
const FOLDERS: Record<string, string> = {
  StateDirectory: '/var/lib',
  CacheDirectory: '/var/cache',
  LogsDirectory: '/var/log',
  RuntimeDirectory: '/run',
}

/** The unit of a service, or of one of its sub-services, as slipway has it. `service`: its own name. */
export function carriedUnit(
  node: ModularNode,
  { service, unit: unitName, listen }: { service: string; unit: string; listen: Listen | undefined },
): CarriedUnit {
  const {
    serviceConfig = {},
    unitConfig = {},
    environment = {},
    socketConfig,
    listenStreams,
    ...rest
  } = node.unit
  const result: CarriedUnit = { unit: {}, env: {}, state: false, opens: [], refused: [] }
  const refuse = (option: string, why: string) =>
    result.refused.push({ option: `systemd.service.${option}`, why })
  for (const [name, value] of Object.entries(serviceConfig)) {
    if (value === null) continue
    const option = `serviceConfig.${name}`
    if (name in FOLDERS) {
      const problem = folderProblem(name, value, service, node)
      if (problem !== undefined) refuse(option, problem)
      else if (name === 'StateDirectory') result.state = true
      // Two instances of a service must not have one that goes with either.
      else result.unit[name] = name === 'RuntimeDirectory' && listen ? `${unitName}@%i` : unitName
      continue
    }
    const one = carried(name, value)
    if (one === 'passed over') continue
    if ('refused' in one) {
      refuse(option, one.refused)
      continue
    }
    if (name === 'ExecStartPre' && listen?.mode === 'unix') {
      refuse(option, "with listen: 'unix' slipway has one itself")
      continue
    }
    Object.assign(result.unit, one.set)
    if (one.opens) {
      result.opens.push(
        ...Object.entries(one.set).map(([key, text]) => `${key}=${words(text as UnitValue).join(' ')}`),
      )
    }
  }
  for (const [name, value] of Object.entries(unitConfig)) {
    if (OF_THIS_UNIT.test(name)) result.unit[name] = asDirective(value)
    else if (name !== 'Description') refuse(`unitConfig.${name}`, 'slipway orders no units of others')
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== null) result.env[name] = words(value).join(' ')
  }
  for (const [name, value] of Object.entries(rest)) restOf(name, value, result, refuse)
  if (socketConfig !== undefined || listenStreams !== undefined) refuse('socketConfig', 'it is of a socket')
  if (node.reload !== null) result.unit.ExecReload = node.reload
  if (node.notifies && result.unit.Type === undefined) result.unit.Type = 'notify'
  if (node.exec !== null) result.unit.ExecStart = node.exec
  for (const option of node.otherUnits) {
    result.refused.push({ option, why: 'a unit beside its own: make it a sub-service' })
  }
  return result
}

function restOf(
  name: string,
  value: unknown,
  result: CarriedUnit,
  refuse: (option: string, why: string) => void,
): void {
  if (OF_NIXOS.test(name) || isNothing(value) || (name === 'enable' && value === true)) return
  if (name === 'documentation') {
    result.unit.Documentation = [value].flat().map(String)
    return
  }
  if (!ORDER.includes(name)) {
    refuse(name, 'slipway has nothing of the kind')
    return
  }
  const others = [value].flat().filter((unit) => !String(unit).endsWith('.target'))
  if (others.length > 0) refuse(name, `slipway orders no units of others: ${others.join(', ')}`)
}

function isNothing(value: unknown): boolean {
  if (value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** A folder is called as the service is, so that a module can run twice; a name that is written elsewhere can't follow. */
function folderProblem(
  name: string,
  value: UnitValue,
  service: string,
  node: ModularNode,
): string | undefined {
  const [folder = '', ...more] = words(value).flatMap((text) => text.split(/\s+/))
  if (more.length > 0 || folder.includes('/') || folder.includes(':')) {
    return `one folder, called as the service is; not ${words(value).join(' ')}`
  }
  if (folder === service) return undefined
  const path = `${FOLDERS[name]}/${folder}`
  const texts = [...node.argv, node.exec ?? '', JSON.stringify(node.unit.environment ?? {})]
  return texts.some((text) => text.includes(path))
    ? `it is ${FOLDERS[name]}/${service} here, and the module writes ${path}: call the service "${folder}", or set the option that says so`
    : undefined
}
