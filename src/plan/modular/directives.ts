import type { UnitValue } from '../../config/modular.js'
import type { Directive } from '../../contract/service.js'
import { SANDBOX } from '../../release/sandbox.js'
import { directiveValues } from '../../release/unit-file.js'

/** What becomes of a directive that a module sets for its unit. */
export type Carried =
  /** It is set; `opens`: what slipway's sandbox otherwise denies. */
  | { set: Record<string, Directive>; opens?: boolean }
  /** What it asks for is so without it. */
  | 'passed over'
  | { refused: string }

const PASSED: Carried = 'passed over'
const refused = (why: string): Carried => ({ refused: why })

/** Who a service is, and where it stands among the host's: slipway's to say. */
const OTHERS =
  /^(Slice|Delegate\w*|Sockets|PIDFile|BusName|RootDirectory\w*|RootImage\w*|NetworkNamespacePath|PAMName|TTY\w*|RemainAfterExit|GuessMainPID|ConfigurationDirectory\w*|OOMPolicy|NonBlocking|USBFunction\w*|FileDescriptorStoreMax|RootHash\w*|RootVerity|MountImages|ExtensionImages|ExtensionDirectories)$/
/** What a service gets of the host beside what its sandbox shows. */
const OPENING =
  /^(ReadWritePaths|ExecPaths|Bind(ReadOnly)?Paths|DeviceAllow|SupplementaryGroups|LoadCredential\w*|ImportCredential|NetworkNamespacePath|IPAddressAllow|SocketBindAllow)$/
/** Commands that systemd runs with all rights, see systemd.service(5). */
const WITH_ALL_RIGHTS = /^[-:@]*[+!]/
/** The kinds of unit that slipway starts, and waits for. */
const TYPES = ['simple', 'exec', 'notify', 'notify-reload']
const CAPABILITIES = ['AmbientCapabilities', 'CapabilityBoundingSet']

/** What becomes of `serviceConfig.NAME = value` of a module. Folders and command lines are the caller's. */
export function carried(name: string, value: UnitValue): Carried {
  const values = words(value)
  const [first = ''] = values
  const set = (directive: Directive, opens = false): Carried => ({ set: { [name]: directive }, opens })
  const asIs = asDirective(value)
  if (name === 'DynamicUser' || name === 'SyslogIdentifier') return PASSED
  if (name === 'User' || name === 'Group')
    return first === 'root' ? refused('a service is never root') : PASSED
  if (name === 'Type') {
    if (!TYPES.includes(first)) return refused(`it is none of ${TYPES.join(', ')}`)
    return first.startsWith('notify') ? set(first) : PASSED
  }
  if (name === 'ExecStart') return refused('the command is `process.argv`')
  if (/^Exec/.test(name)) {
    return values.some((line) => WITH_ALL_RIGHTS.test(line))
      ? refused('nothing of it runs as root')
      : set(asIs)
  }
  if (OTHERS.test(name)) return refused('slipway has no such thing')
  if (CAPABILITIES.includes(name)) return capabilities(name, values.flatMap(split))
  if (name === 'SystemCallFilter') return callFilter(values.flatMap(split))
  if (name === 'RestrictAddressFamilies') return addressFamilies(values.flatMap(split))
  if (OPENING.test(name)) return set(asIs, true)
  return name in SANDBOX ? ofSandbox(name, first, asIs) : set(asIs)
}

/** A module that hardens what slipway hardens already changes nothing; what it turns off, or sets otherwise, is opened. */
function ofSandbox(name: string, value: string, asIs: Directive): Carried {
  const ours = SANDBOX[name] ?? null
  if (name === 'IPAddressDeny')
    return { set: { [name]: [...directiveValues(ours), ...directiveValues(asIs)] } }
  if (name === 'InaccessiblePaths') return { set: { [name]: asIs } }
  const off = /^(no|false|off|0|default|auto|inherit)$/.test(value)
  const on =
    /^(yes|true|on|1|strict|full|closed|private|native|invisible|noaccess|ptraceable|self|tmpfs|disconnected|identity)$/.test(
      value,
    )
  if (on && !off) return PASSED
  if (name === 'SystemCallErrorNumber') return { set: { [name]: asIs } }
  return { set: { [name]: asIs }, opens: true }
}

/** Capabilities count in the host's own user namespace alone. */
function capabilities(name: string, list: readonly string[]): Carried {
  if (list.length === 0 || list.some((one) => one.startsWith('~'))) return PASSED
  const all = list.join(' ')
  const bounding: Record<string, Directive> =
    name === 'AmbientCapabilities' ? { CapabilityBoundingSet: all } : {}
  return { set: { ...bounding, [name]: all, PrivateUsers: false }, opens: true }
}

/** What is allowed beside slipway's own set; what is denied, is. */
function callFilter(list: readonly string[]): Carried {
  const first = list[0] ?? ''
  if (first.startsWith('~')) return { set: { SystemCallFilter: [...ownFilter(), list.join(' ')] } }
  const denied = list.indexOf(list.find((one) => one.startsWith('~')) ?? '')
  const more = (denied === -1 ? list : list.slice(0, denied)).filter((one) => one !== '@system-service')
  if (more.length === 0) return PASSED
  return { set: { SystemCallFilter: [...ownFilter(), more.join(' ')] }, opens: true }
}

function ownFilter(): string[] {
  return directiveValues(SANDBOX.SystemCallFilter ?? null)
}

function addressFamilies(list: readonly string[]): Carried {
  const ours = directiveValues(SANDBOX.RestrictAddressFamilies ?? null).flatMap(split)
  const more = list.filter((family) => !ours.includes(family) && family !== 'none')
  if (more.length === 0 || list[0]?.startsWith('~')) return PASSED
  return { set: { RestrictAddressFamilies: [...ours, ...more].join(' ') }, opens: true }
}

function split(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

/** What a value is, one text after the other. */
export function words(value: UnitValue): string[] {
  return directiveValues(asDirective(value))
}

export function asDirective(value: UnitValue): Directive {
  return Array.isArray(value) ? value.map(String) : value
}
