import type { Manifest } from '../../../contract/release.js'
import type { Health, HookConfig, JobConfig, LoopbackPort, Program } from '../../../contract/service.js'
import { picksPorts } from '../../../release/listen.js'
import { directiveProblems } from './directives.js'
import type { Others } from './others.js'
import { isText, problem, shown } from './text.js'

/** Workers and timers of a service; each is a unit or two. */
const MAX_JOBS = 64
const MAX_HOOKS = 32
/** What a health check, a hook or the watch afterwards may last: what others wait for. */
const MAX_WAIT_MS = 900_000
/** How long requests of before may go on after a switch. */
const MAX_DRAIN_MS = 3_600_000
/** What one probe may last. */
const MAX_PROBE_MS = 60_000
/** Probes that follow each other faster would keep the host busy. */
const MIN_PROBE_PAUSE_MS = 10
/** What a service without the right to lower ones can listen on (`net.ipv4.ip_unprivileged_port_start`). */
const FIRST_UNPRIVILEGED_PORT = 1024
/** Where slipway picks ports. */
const [FIRST_PICKED_PORT, LAST_PICKED_PORT] = [20_000, 29_999]

/** systemd.time(7): words and numbers, none of which an option could begin with. */
const CALENDAR = /^[A-Za-z0-9*][A-Za-z0-9*,:./~ _+-]{0,199}$/

/** What opens more of the host to a program: only as an administrator has deployed it. */
const FOR_ADMINISTRATORS = [
  ['adopt', 'what is on the host already is not its to take over'],
  ['nixDaemon', "the host's Nix daemon is not its to build with"],
  ['cloudMetadata', "the host's own credentials are not its to reach"],
] as const

/** What is wrong with the program that a key sends. */
export function programProblems(
  program: Program,
  ports: Manifest['ports'],
  inherited: Program | undefined,
  others: Others,
): string[] {
  const jobs = [...program.processes, ...program.timers]
  return [
    ...(program.run === undefined ? [] : wordProblems('its command', program.run)),
    ...variableProblems('its variables', program.env),
    ...directiveProblems('its unit', program.unit, inherited?.unit),
    ...FOR_ADMINISTRATORS.flatMap(([field, what]) =>
      problem(program[field] === true && inherited?.[field] !== true, what),
    ),
    ...healthProblems(program.health),
    ...problem(program.watchMs > MAX_WAIT_MS, `it is watched for longer than ${MAX_WAIT_MS / 1000} s`),
    ...problem(program.drainMs > MAX_DRAIN_MS, `it drains for longer than ${MAX_DRAIN_MS / 1000} s`),
    ...hookProblems([...program.before, ...program.after]),
    ...problem(jobs.length > MAX_JOBS, `it has more than ${MAX_JOBS} processes and timers`),
    ...jobs.flatMap((job) => jobProblems(program, job, inherited, others)),
    ...portProblems(program, ports, inherited, others),
    ...networkProblems(program.listen, inherited?.listen),
  ]
}

function wordProblems(what: string, words: readonly string[]): string[] {
  if (words[0] === undefined || words[0].trim() === '') return [`${what} has no program`]
  return problem(!words.every(isText), `${what} holds control characters`)
}

function variableProblems(what: string, variables: Readonly<Record<string, string>>): string[] {
  return problem(!Object.values(variables).every(isText), `${what} hold control characters`)
}

function healthProblems(health: Health): string[] {
  const wrong = [
    [!/^\/[!-~]*$/.test(health.path), `can't ask for ${shown(health.path)}`],
    [health.timeoutMs > MAX_WAIT_MS, `may take longer than ${MAX_WAIT_MS / 1000} s`],
    [health.settleMs > MAX_WAIT_MS, `may settle for longer than ${MAX_WAIT_MS / 1000} s`],
    [health.intervalMs < MIN_PROBE_PAUSE_MS, `may not ask more often than each ${MIN_PROBE_PAUSE_MS} ms`],
    [health.attemptMs > MAX_PROBE_MS, `may not ask for longer than ${MAX_PROBE_MS / 1000} s at once`],
  ] as const
  const { by } = health
  return [
    ...wrong.flatMap(([is, what]) => problem(is, `its health check ${what}`)),
    ...(by !== undefined && 'run' in by ? wordProblems('its health check', by.run) : []),
    ...(by !== undefined && 'service' in by
      ? problem(!isText(by.service), 'its health check holds control characters')
      : []),
  ]
}

function hookProblems(hooks: readonly HookConfig[]): string[] {
  return [
    ...problem(hooks.length > MAX_HOOKS, `it has more than ${MAX_HOOKS} hooks`),
    ...hooks.flatMap(({ run, timeoutMs }) => [
      ...wordProblems('a hook', run),
      ...problem(timeoutMs > MAX_WAIT_MS, `a hook may take longer than ${MAX_WAIT_MS / 1000} s`),
    ]),
  ]
}

function jobProblems(
  { name: service }: Program,
  job: JobConfig,
  inherited: Program | undefined,
  others: Others,
): string[] {
  const unit = `${service}-${job.name}`
  const before = [...(inherited?.processes ?? []), ...(inherited?.timers ?? [])].find(
    ({ name, calendar }) => name === job.name && (calendar === undefined) === (job.calendar === undefined),
  )
  const owner = others.find(
    ({ name }) => name.startsWith(`${service}-`) && (unit === name || unit.startsWith(`${name}-`)),
  )
  return [
    ...problem(owner !== undefined, `its unit ${unit}.service could be one of ${owner?.name}`),
    ...wordProblems(`the command of ${job.name}`, job.run),
    ...variableProblems(`the variables of ${job.name}`, job.env),
    // Another name for a job is no way around a limit.
    ...directiveProblems(`its unit ${unit}.service`, job.unit, before?.unit, before?.unit ?? inherited?.unit),
    ...calendarProblems(job),
  ]
}

function calendarProblems({ name, calendar }: JobConfig): string[] {
  if (calendar === undefined || CALENDAR.test(calendar)) return []
  return [`the calendar of ${name} is not allowed: ${shown(calendar)}`]
}

function portProblems(
  { listen }: Program,
  ports: Manifest['ports'],
  inherited: Program | undefined,
  others: Others,
): string[] {
  const taken = (port: number) =>
    problem(
      others.some((other) => other.ports.includes(port)),
      `port ${port} belongs to another service`,
    )
  if (!picksPorts(listen) && ports !== null) return ['it brings ports that it does not listen on']
  if (listen?.mode === 'fixed') {
    const before = inherited?.listen
    const asBefore = before?.mode === 'fixed' && before.port === listen.port
    const reserved = listen.port < FIRST_UNPRIVILEGED_PORT && !asBefore
    return [...problem(reserved, `port ${listen.port} is none of a service's`), ...taken(listen.port)]
  }
  if (!picksPorts(listen)) return []
  if (ports === null || ports[0] === ports[1]) return ['it does not say on which two ports it listens']
  return ports.flatMap((port) => [
    ...problem(
      port < FIRST_PICKED_PORT || port > LAST_PICKED_PORT,
      `port ${port} is none that slipway picks`,
    ),
    ...taken(port),
  ])
}

/**
 * A network of its own, and what it reaches of the host's loopback, only as an administrator has deployed it: root makes
 * the one, and connects to the other, where a service's own connections could be told by its user.
 */
function networkProblems(listen: Program['listen'], inherited: Program['listen']): string[] {
  if (listen?.mode !== 'network') return []
  if (inherited?.mode !== 'network') return ['a network of its own is not its to ask for']
  const had = inherited.reach.map(shownAddress)
  return listen.reach
    .map(shownAddress)
    .filter((address) => !had.includes(address))
    .map((address) => `${address} of the host is not its to reach`)
}

function shownAddress({ address, port }: LoopbackPort): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
