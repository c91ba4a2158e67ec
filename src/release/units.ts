import type { AppConfig, Directive, ProcessConfig } from '../config/resolved.js'
import { credentialDirectives, type SecretUses, WITH_SECRETS } from './credentials.js'
import {
  currentDir,
  currentMark,
  holdMark,
  queueSocket,
  slotDir,
  slotRunMark,
  stateDir,
} from './host-paths.js'
import { listenFolder, listenPath, SLOTS, socketPath } from './listen.js'
import { SANDBOX } from './sandbox.js'
import { mergeDirectives, quoteWord, renderUnit, type Sections } from './unit-file.js'

/** How long a program may take to finish its requests before it is killed. */
const STOP_TIMEOUT_SECONDS = 30
/** The first pause before a crashed program is started again. */
const RESTART_SECONDS = 1
/** The longest pause between restarts, reached after {@link RESTART_STEPS} of them. */
const RESTART_MAX_SECONDS = 30
const RESTART_STEPS = 5
/** `RestartSteps=` and `RestartMaxDelaySec=` came with this systemd. */
const SYSTEMD_WITH_RESTART_STEPS = 254

/** systemd-socket-proxyd(8) is no program that people call, so it is on no PATH. */
const SOCKET_PROXIES = ['/usr/lib/systemd', '/lib/systemd', '/run/current-system/systemd/lib/systemd'].map(
  (folder) => `${folder}/systemd-socket-proxyd`,
)
/** How many requests may wait for an instance; more are refused, as they would be by nginx itself. */
const QUEUE_CONNECTIONS = 4096
/** How soon those that wait are handed on once they may be. */
const QUEUE_POLL_SECONDS = 0.02
/** When nothing has come for this long, all that waited has been answered. */
const QUEUE_IDLE = '10s'

/** What the units of a release depend on beside the config. */
export interface UnitContext {
  /** The program to run, and its arguments: absolute, or found in the package's `bin`. */
  command: string[]
  /** The host's systemd version. */
  systemd: number
  /** The group nginx's workers run as: it may connect to the service's unix socket. */
  nginxGroup: string
  /** What its programs get. */
  secrets?: SecretUses
}

/** Where a unit finds the parts of its release: in the folder of a slot, or in a NixOS configuration. */
export interface Places {
  /** What titles end with. */
  suffix: string
  /** A program of the package, as a command line begins. */
  program(name: string): string
  /** The shipped files. */
  assets: string
  /** The state, and what `StateDirectory=` calls it. */
  state: { path: string; directory: string }
  /** What gives a program its variables, and those of a job that has some of its own, and its secrets. */
  variables(job?: string): Record<string, Directive>
}

/** An instance of a service's main program. */
export interface Instance {
  /** What its units are called: `web@%i`. */
  unit: string
  title: string
  places: Places
  /** When it runs, for `[Unit]`. */
  conditions: Record<string, Directive>
  /** The unix socket for `listen: 'unix'`, the folder that holds it alone, and the unit that makes the folder. */
  socket: { path: string; folder: string; madeBy?: string }
}

/** The places of a release in a folder of the host; some instances have more files of variables. */
function placesIn(app: AppConfig, release: string, secrets: SecretUses = {}, ...more: string[]): Places {
  const storePath = `${release}/package`
  const asVariables = Object.values(secrets).some(({ as }) => as === 'env')
  const before = asVariables ? `/bin/sh ${release}/${WITH_SECRETS} ` : ''
  return {
    suffix: ' (slipway)',
    // In our folder `%i` is the slot, any other percent sign is the program's own.
    program: (name) => `${before}${programWord(storePath, name)}`,
    assets: `${release}/assets`,
    state: { path: stateDir(app.name), directory: app.name },
    variables: (job) => ({
      // Programs that call others find those of their own package first.
      Environment: `PATH=${storePath}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
      // The later file wins: a job's variables over the service's.
      EnvironmentFile: [
        `${release}/${envFileName()}`,
        ...(job === undefined ? [] : [`${release}/${envFileName(job)}`]),
        ...more,
      ],
      ...credentialDirectives(secrets, release),
    }),
  }
}

/**
 * The units of a release, by file name. What listens is a template, of which the host runs an instance for each
 * slot. Workers and timers follow the current release.
 */
export function renderUnits(app: AppConfig, context: UnitContext): Record<string, string> {
  const units: Record<string, Sections> = {}
  const current = placesIn(app, currentDir(app.name), context.secrets)
  const instance = app.listen ? slotInstance(app, context) : currentInstance(app, current)
  if (app.listen) {
    units[`${app.name}@.service`] = mainUnit(app, instance, context)
    if (app.listen.mode === 'unix') units[folderUnitName(app.name)] = folderUnit(app, context)
    if (app.listen.mode === 'socket') units[`${app.name}@.socket`] = socketUnit(app, instance, context)
    if (app.listen.mode === 'fixed') Object.assign(units, queueUnits(app, app.listen.port, context))
  } else {
    units[`${app.name}.service`] = mainUnit(app, instance, context)
  }
  Object.assign(units, jobUnits(app, current, context))
  return Object.fromEntries(
    Object.entries(units).map(([name, sections]) => [name, renderUnit(app.name, sections)]),
  )
}

/** The units of workers and timers, by file name. */
export function jobUnits(app: AppConfig, places: Places, context: UnitContext): Record<string, Sections> {
  const units: Record<string, Sections> = {}
  for (const job of [...app.processes, ...app.timers]) {
    units[`${app.name}-${job.name}.service`] = jobUnit(app, job, places, context)
    if (job.calendar !== undefined) units[`${app.name}-${job.name}.timer`] = timerUnit(app, job, places)
  }
  return units
}

function slotInstance(app: AppConfig, { secrets }: UnitContext): Instance {
  const release = slotDir(app.name)
  const path = app.listen?.mode === 'socket' ? socketPath(app.name, '%i') : listenPath(app.name, '%i')
  return {
    unit: `${app.name}@%i`,
    title: `${app.name}, %i`,
    places: placesIn(app, release, secrets, `-${release}/env@%i`),
    conditions: slotConditions(app.name),
    socket: { path, folder: listenFolder(app.name), madeBy: folderUnitName(app.name) },
  }
}

function currentInstance(app: AppConfig, places: Places): Instance {
  return { unit: app.name, title: app.name, places, conditions: {}, socket: { path: '', folder: '' } }
}

/** At boot the current slot's instance starts; the other one only while an activation wants it. */
function slotConditions(service: string): Record<string, Directive> {
  return { ConditionPathExists: [`|${currentMark(service, '%i')}`, `|${slotRunMark(service)}`] }
}

/** The unit of a service's main program. */
export function mainUnit(app: AppConfig, instance: Instance, context: UnitContext): Sections {
  const sections = longRunning(
    app,
    instance.title,
    context.command,
    instance.places,
    instance.places.variables(),
    context,
  )
  sections.Unit = { ...sections.Unit, ...instance.conditions }
  if (app.listen?.mode === 'socket') {
    const socket = `${instance.unit}.socket`
    sections.Unit = { ...sections.Unit, Requires: socket, After: `network.target ${socket}` }
  }
  if (app.listen?.mode === 'unix') {
    const { path, folder, madeBy } = instance.socket
    if (madeBy !== undefined) {
      // Not `Requires=`: when a release that listens otherwise takes the folder's unit away, this one goes on.
      sections.Unit = { ...sections.Unit, Wants: madeBy, After: `network.target ${madeBy}` }
    }
    const remove = `rm -f ${path}`
    sections.Service = {
      ...sections.Service,
      ExecStartPre:
        madeBy === undefined
          ? `+/bin/sh -c '${makeFolder(app, folder, context)} && ${remove}'`
          : `/usr/bin/env ${remove}`,
      ReadWritePaths: `-${folder}`,
      UMask: '0007',
    }
  }
  return mergeDirectives(sections, app.unit)
}

/**
 * nginx alone may reach the sockets: what is made in a set-group-ID folder belongs to its group. Not
 * `RuntimeDirectory=`, which would give the folder to the service's own group.
 */
function makeFolder(app: AppConfig, folder: string, { nginxGroup }: UnitContext): string {
  return `install -d -o ${app.name} -g ${nginxGroup} -m 2750 ${folder}`
}

function folderUnitName(service: string): string {
  return `${service}@folder.service`
}

/**
 * Makes the folder of a service's sockets. As a command of the service's own unit, with root's rights, it would have
 * the service's variables too: with `PATH` among them, whoever deploys the service would be root.
 */
function folderUnit(app: AppConfig, context: UnitContext): Sections {
  return {
    Unit: { Description: `${app.name}: the folder of its sockets (slipway)` },
    Service: {
      Type: 'oneshot',
      ExecStart: `/bin/sh -c '${makeFolder(app, listenFolder(app.name), context)}'`,
      Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
      SyslogIdentifier: app.name,
    },
  }
}

function jobUnit(app: AppConfig, job: ProcessConfig, places: Places, context: UnitContext): Sections {
  const title = `${app.name} ${job.name}`
  const variables = places.variables(Object.keys(job.env).length > 0 ? job.name : undefined)
  const sections =
    job.calendar === undefined
      ? longRunning(app, title, job.run, places, variables, context)
      : oneshot(app, title, job.run, places, variables)
  return mergeDirectives(sections, job.unit)
}

/** The name of the file in a release that holds the service's variables, or those of a job of its. */
export function envFileName(job?: string): string {
  return job === undefined ? 'env' : `env-${job}`
}

/** A command line of `ExecStart=`. */
export function commandLine(places: Places, [program = '', ...args]: readonly string[]): string {
  return [places.program(program), ...args.map(quoteWord)].join(' ')
}

/** A program of the package at a path that needs no quotes, unless the config gave a full path. */
export function programWord(storePath: string, program: string): string {
  if (program.startsWith('/')) return quoteWord(program)
  const below = quoteWord(`/bin/${program}`)
  return below.startsWith('"') ? `"${storePath}${below.slice(1)}` : `${storePath}${below}`
}

/** A program of the package, unless the config gave a full path. */
export function programPath(storePath: string, program: string): string {
  return program.startsWith('/') ? program : `${storePath}/bin/${program}`
}

function longRunning(
  app: AppConfig,
  title: string,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
  context: UnitContext,
): Sections {
  const steps: Record<string, Directive> =
    context.systemd >= SYSTEMD_WITH_RESTART_STEPS
      ? { RestartSteps: RESTART_STEPS, RestartMaxDelaySec: RESTART_MAX_SECONDS }
      : {}
  return {
    // The pauses between restarts grow, so there is no limit after which systemd would give up.
    Unit: { Description: `${title}${places.suffix}`, After: 'network.target', StartLimitIntervalSec: 0 },
    Service: {
      Type: 'exec',
      ...common(app, command, places, variables),
      Restart: 'always',
      RestartSec: RESTART_SECONDS,
      ...steps,
      KillMode: 'mixed',
      TimeoutStopSec: STOP_TIMEOUT_SECONDS,
      ...SANDBOX,
    },
    Install: { WantedBy: 'multi-user.target' },
  }
}

function oneshot(
  app: AppConfig,
  title: string,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
): Sections {
  return {
    Unit: { Description: `${title}${places.suffix}`, After: 'network.target' },
    Service: { Type: 'oneshot', ...common(app, command, places, variables), ...SANDBOX },
  }
}

function common(
  app: AppConfig,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
): Record<string, Directive> {
  return {
    User: app.name,
    Group: app.name,
    ExecStart: commandLine(places, command),
    WorkingDirectory: workingDirectory(app, places),
    ...variables,
    SyslogIdentifier: app.name,
    UMask: '0077',
    ...(app.state ? { StateDirectory: places.state.directory, StateDirectoryMode: '0750' } : {}),
  }
}

function workingDirectory(app: AppConfig, places: Places): string {
  if (app.assets.length > 0) return places.assets
  return app.state ? places.state.path : '/'
}

/** The socket unit of `listen: 'socket'`. */
export function socketUnit(app: AppConfig, instance: Instance, context: UnitContext): Sections {
  const title = instance.title.replace(app.name, `${app.name} socket`)
  return {
    Unit: { Description: `${title}${instance.places.suffix}`, ...instance.conditions },
    Socket: {
      ListenStream: instance.socket.path,
      SocketGroup: context.nginxGroup,
      SocketMode: '0660',
      RemoveOnStop: true,
    },
  }
}

/**
 * Where requests wait while the one instance of a hard-coded port is replaced, and what then hands them on. There are
 * two: what hands on those of the last time may still be at it.
 */
function queueUnits(app: AppConfig, port: number, context: UnitContext): Record<string, Sections> {
  const units: Record<string, Sections> = {}
  for (const slot of SLOTS) {
    const waitThenPass =
      `while [ -e ${holdMark(app.name)} ]; do sleep ${QUEUE_POLL_SECONDS}; done; ` +
      `for p in ${SOCKET_PROXIES.join(' ')}; do if [ -x $$p ]; then ` +
      `exec $$p --connections-max=${QUEUE_CONNECTIONS} --exit-idle-time=${QUEUE_IDLE} 127.0.0.1:${port}; fi; done; exit 1`
    units[`${app.name}@queue-${slot}.socket`] = {
      Unit: { Description: `${app.name}: requests that wait, ${slot} (slipway)` },
      Socket: {
        ListenStream: queueSocket(app.name, slot),
        SocketGroup: context.nginxGroup,
        SocketMode: '0660',
        Backlog: QUEUE_CONNECTIONS,
        RemoveOnStop: true,
      },
    }
    units[`${app.name}@queue-${slot}.service`] = {
      Unit: { Description: `${app.name}: hands on what has waited, ${slot} (slipway)` },
      Service: {
        DynamicUser: true,
        ExecStart: `/bin/sh -c '${waitThenPass}'`,
        Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
        SyslogIdentifier: app.name,
        ...SANDBOX,
      },
    }
  }
  return units
}

function timerUnit(app: AppConfig, job: ProcessConfig, places: Places): Sections {
  return {
    Unit: { Description: `${app.name} ${job.name} timer${places.suffix}` },
    Timer: { OnCalendar: job.calendar ?? null, Persistent: true },
    Install: { WantedBy: 'timers.target' },
  }
}
