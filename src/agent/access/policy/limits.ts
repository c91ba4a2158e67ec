import type { Directive } from '../../../contract/service.js'

/** The longest value that is looked at, in characters. */
const VALUE_LENGTH = 200
/** What a unit that stops or starts may keep systemd, and a deploy, waiting. */
const MAX_WAIT_SECONDS = 900
/** The shortest pause between restarts, slipway's own: programs that end at once would keep systemd busy. */
const MIN_RESTART_SECONDS = 1
const MAX_RESTART_SECONDS = 3600
/** What a single run, or the pause between two signs of life, may last. */
const MAX_RUN_SECONDS = 30 * 86_400
/** The kernel's default for a whole host is 32768 processes. */
const MAX_TASKS = 16_384
/** systemd's own hard limit (DefaultLimitNOFILE=). */
const MAX_OPEN_FILES = 524_288
/** The weight that all have by default: more would be taken from others. */
const DEFAULT_WEIGHT = 100
/** A hundred processors. */
const MAX_CPU_PERCENT = 10_000
const MAX_STEPS = 100

type Accepts = (value: string) => boolean

const oneOf =
  (...words: readonly string[]): Accepts =>
  (value) =>
    words.includes(value)
const integer =
  (least: number, most: number): Accepts =>
  (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most
const percent =
  (most: number): Accepts =>
  (value) =>
    /^\d{1,5}%$/.test(value) && Number(value.slice(0, -1)) >= 1 && Number(value.slice(0, -1)) <= most
const either =
  (one: Accepts, other: Accepts): Accepts =>
  (value) =>
    one(value) || other(value)
const bytes: Accepts = (value) => /^\d{1,15}[KMGT]?$/.test(value)
const memory = either(bytes, percent(100))
/** One limit, or a soft and a hard one: systemd.exec(5), "Process Properties". */
const pair =
  (accepts: Accepts): Accepts =>
  (value) => {
    const parts = value.split(':')
    return parts.length <= 2 && parts.every(accepts)
  }

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  msec: 0.001,
  '': 1,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  hr: 3600,
  d: 86_400,
}

/** A time span of systemd.time(7) in seconds, `90` or `1min 30s`; undefined where it is none, or has no end. */
export function spanSeconds(value: string): number | undefined {
  const part = /(\d{1,9}(?:\.\d{1,6})?) ?([a-z]{0,4}) ?/y
  let seconds = 0
  do {
    const [, amount, name = '?'] = part.exec(value) ?? []
    const unit = UNIT_SECONDS[name]
    if (amount === undefined || unit === undefined) return undefined
    seconds += Number(amount) * unit
  } while (part.lastIndex < value.length)
  return seconds
}

/** Zero is systemd's word for no limit in most of them. */
const span =
  (least: number, most: number): Accepts =>
  (value) => {
    const seconds = spanSeconds(value)
    return seconds !== undefined && seconds > 0 && seconds >= least && seconds <= most
  }

/** The directives that bound a program, time its start and stop, or narrow its sandbox: what each may be. */
const LIMITS: Readonly<Record<string, Accepts>> = {
  MemoryMax: memory,
  MemoryHigh: memory,
  MemorySwapMax: memory,
  CPUQuota: percent(MAX_CPU_PERCENT),
  CPUWeight: integer(1, DEFAULT_WEIGHT),
  IOWeight: integer(1, DEFAULT_WEIGHT),
  TasksMax: integer(1, MAX_TASKS),
  LimitNOFILE: pair(integer(1, MAX_OPEN_FILES)),
  LimitNPROC: pair(integer(1, MAX_TASKS)),
  // What a program had in memory when it crashed, its secrets are part of.
  LimitCORE: oneOf('0'),
  LimitFSIZE: pair(bytes),
  LimitDATA: pair(bytes),
  LimitAS: pair(bytes),
  LimitSTACK: pair(bytes),
  Nice: integer(0, 19),
  OOMScoreAdjust: integer(0, 1000),
  TimeoutSec: span(0, MAX_WAIT_SECONDS),
  TimeoutStartSec: span(0, MAX_WAIT_SECONDS),
  TimeoutStopSec: span(0, MAX_WAIT_SECONDS),
  RestartSec: span(MIN_RESTART_SECONDS, MAX_RESTART_SECONDS),
  RestartMaxDelaySec: span(MIN_RESTART_SECONDS, MAX_RESTART_SECONDS),
  RestartSteps: integer(0, MAX_STEPS),
  RuntimeMaxSec: span(0, MAX_RUN_SECONDS),
  WatchdogSec: span(0, MAX_RUN_SECONDS),
  Restart: oneOf('always', 'on-failure', 'on-abnormal', 'on-success', 'no'),
  Type: oneOf('exec', 'simple', 'notify'),
  NotifyAccess: oneOf('main', 'exec', 'all', 'none'),
  KillSignal: (value) => /^SIG[A-Z0-9]{2,8}$/.test(value),
  // With `none` or `process`, what it started would outlive the service, and its key.
  KillMode: oneOf('control-group', 'mixed'),
  SuccessExitStatus: (value) => /^[A-Z0-9 ]+$/.test(value),
  PrivateNetwork: oneOf('yes'),
  MemoryDenyWriteExecute: oneOf('yes'),
  ProcSubset: oneOf('pid'),
}

/** Whether a directive only bounds the program, by a value that has an end. */
export function isLimit(name: string, value: Directive): boolean {
  if (value === null || Array.isArray(value) || !Object.hasOwn(LIMITS, name)) return false
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
  return text.length <= VALUE_LENGTH && (LIMITS[name]?.(text) ?? false)
}

/** How much of the host a value lets a unit take, and in what that is counted. */
type Amount = (value: string) => { of: string; amount: number } | undefined

const plain: Amount = (value) => (/^\d{1,15}$/.test(value) ? { of: '', amount: Number(value) } : undefined)
const less: Amount = (value) => (/^-?\d{1,9}$/.test(value) ? { of: '', amount: -Number(value) } : undefined)
const share: Amount = (value) => {
  const [, number] = /^(\d{1,5})%$/.exec(value) ?? []
  return number === undefined ? undefined : { of: '%', amount: Number(number) }
}
const BYTES = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const
const size: Amount = (value) => {
  const [, number, unit = ''] = /^(\d{1,15})([KMGT]?)$/.exec(value) ?? []
  if (number === undefined) return share(value)
  return { of: 'bytes', amount: Number(number) * BYTES[unit as keyof typeof BYTES] }
}
/** Of a soft and a hard limit, the hard one. */
const hard =
  (amount: Amount): Amount =>
  (value) =>
    amount(value.split(':').at(-1) ?? '')

/** Limits that an administrator may have set against a service, and a key can't widen. */
const AMOUNTS: Readonly<Record<string, Amount>> = {
  MemoryMax: size,
  MemoryHigh: size,
  MemorySwapMax: size,
  CPUQuota: share,
  CPUWeight: plain,
  IOWeight: plain,
  TasksMax: plain,
  LimitNOFILE: hard(plain),
  LimitNPROC: hard(plain),
  LimitFSIZE: hard(size),
  LimitDATA: hard(size),
  LimitAS: hard(size),
  Nice: less,
}

/** Whether a directive is a limit that lets a unit take more than another value of it; absent: as much as there is. */
export function exceeds(name: string, value: Directive | undefined, than: Directive): boolean {
  const amount = Object.hasOwn(AMOUNTS, name) ? AMOUNTS[name] : undefined
  if (amount === undefined || than === null || than === 'infinity') return false
  if (String(value) === String(than)) return false
  const [one, other] = [amount(String(value)), amount(String(than))]
  // What can't be compared may be more.
  return one === undefined || other === undefined || one.of !== other.of || one.amount > other.amount
}
