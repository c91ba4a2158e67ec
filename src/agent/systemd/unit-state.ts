import type { UnitState } from './systemd.js'

/** Properties of an object, as D-Bus' `GetAll` tells them. */
export type Properties = Record<string, unknown>

const UNITS = '/org/freedesktop/systemd1/unit/'

/** The object of a unit, loaded or not: what sd_bus_path_encode(3) makes of its name. */
export function unitObject(name: string): string {
  return UNITS + [...Buffer.from(name)].map(escapeByte).join('')
}

function escapeByte(byte: number, index: number): string {
  const character = String.fromCharCode(byte)
  const stays = index === 0 ? /[A-Za-z]/ : /[A-Za-z0-9]/
  return stays.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`
}

/** What all properties of a unit say of it. */
export function unitStateOf(properties: Properties): UnitState {
  return {
    id: text(properties, 'Id'),
    load: text(properties, 'LoadState'),
    active: text(properties, 'ActiveState'),
    sub: text(properties, 'SubState'),
    path: text(properties, 'FragmentPath'),
    restarts: optional(properties, 'NRestarts', 0),
    result: optional(properties, 'Result', ''),
    mainCode: optional(properties, 'ExecMainCode', 0),
    mainStatus: optional(properties, 'ExecMainStatus', 0),
    mainPid: optional(properties, 'MainPID', 0),
    activeSince: number(properties, 'ActiveEnterTimestamp'),
    inactiveExit: number(properties, 'InactiveExitTimestamp'),
    mainStart: optional(properties, 'ExecMainStartTimestamp', 0),
  }
}

export function text(properties: Properties, name: string): string {
  const value = properties[name]
  if (typeof value !== 'string') throw new Error(`systemd's answer has no ${name}`)
  return value
}

export function number(properties: Properties, name: string): number {
  const value = properties[name]
  if (typeof value !== 'number') throw new Error(`systemd's answer has no ${name}`)
  return value
}

/** A property that only some types of units have. */
function optional<T extends string | number>(properties: Properties, name: string, absent: T): T {
  const value = properties[name] ?? absent
  if (typeof value !== typeof absent) throw new Error(`systemd's answer has another ${name} than it should`)
  return value as T
}
