import type { AppConfig, Directive, Listen, ProcessConfig } from '../config/resolved.js'
import { currentDir, currentMark, holdMark, queuePath, slotDir, slotRunMark, stateDir } from './host-paths.js'
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
}

/**
 * The units of a release, by file name. What listens is a template, of which the host runs an instance for each
 * slot. Workers and timers follow the current release.
 */
export function renderUnits(app: AppConfig, context: UnitContext): Record<string, string> {
  const units: Record<string, Sections> = {}
  if (app.listen) {
    units[`${app.name}@.service`] = slotUnit(app, app.listen, context)
    if (app.listen.mode === 'unix') units[folderUnitName(app.name)] = folderUnit(app, context)
    if (app.listen.mode === 'socket') units[`${app.name}@.socket`] = socketUnit(app, context)
    if (app.listen.mode === 'fixed') Object.assign(units, queueUnits(app, app.listen.port, context))
  } else {
    units[`${app.name}.service`] = mergeDirectives(
      longRunning(app, app.name, context.command, currentDir(app.name), context),
      app.unit,
    )
  }
  for (const job of app.processes) units[`${app.name}-${job.name}.service`] = jobUnit(app, job, context)
  for (const job of app.timers) {
    units[`${app.name}-${job.name}.service`] = jobUnit(app, job, context)
    units[`${app.name}-${job.name}.timer`] = timerUnit(app, job)
  }
  return Object.fromEntries(
    Object.entries(units).map(([name, sections]) => [name, renderUnit(app.name, sections)]),
  )
}

/** At boot the current slot's instance starts; the other one only while an activation wants it. */
function slotConditions(service: string): Record<string, Directive> {
  return { ConditionPathExists: [`|${currentMark(service, '%i')}`, `|${slotRunMark(service)}`] }
}

function slotUnit(app: AppConfig, listen: Listen, context: UnitContext): Sections {
  const sections = longRunning(app, `${app.name}, %i`, context.command, slotDir(app.name), context)
  sections.Unit = { ...sections.Unit, ...slotConditions(app.name) }
  const slotEnv = `-${slotDir(app.name)}/env@%i`
  sections.Service = { ...sections.Service, EnvironmentFile: [`${slotDir(app.name)}/env`, slotEnv] }
  if (listen.mode === 'socket') {
    const socket = `${app.name}@%i.socket`
    sections.Unit = { ...sections.Unit, Requires: socket, After: `network.target ${socket}` }
  }
  if (listen.mode === 'unix') {
    const folder = folderUnitName(app.name)
    sections.Unit = { ...sections.Unit, Requires: folder, After: `network.target ${folder}` }
    sections.Service = {
      ...sections.Service,
      ExecStartPre: `/usr/bin/env rm -f ${listenPath(app.name, '%i')}`,
      ReadWritePaths: `-${listenFolder(app.name)}`,
      UMask: '0007',
    }
  }
  return mergeDirectives(sections, app.unit)
}

function folderUnitName(service: string): string {
  return `${service}@folder.service`
}

/**
 * Makes the folder of a service's sockets. nginx alone may reach them: what is made in a set-group-ID folder belongs
 * to its group. Not `RuntimeDirectory=`, which would give the folder to the service's own group; and not a command of
 * the service's unit with root's rights, which would have the service's variables, such as `PATH`, too.
 */
function folderUnit(app: AppConfig, context: UnitContext): Sections {
  const make = `install -d -o ${app.name} -g ${context.nginxGroup} -m 2750 ${listenFolder(app.name)}`
  return {
    Unit: { Description: `${app.name}: the folder of its sockets (slipway)` },
    Service: {
      Type: 'oneshot',
      ExecStart: `/bin/sh -c '${make}'`,
      Environment: 'PATH=/run/current-system/sw/bin:/usr/bin:/bin',
      SyslogIdentifier: app.name,
    },
  }
}

function jobUnit(app: AppConfig, job: ProcessConfig, context: UnitContext): Sections {
  const release = currentDir(app.name)
  const title = `${app.name} ${job.name}`
  const sections =
    job.calendar === undefined
      ? longRunning(app, title, job.run, release, context)
      : oneshot(app, title, job.run, release)
  if (Object.keys(job.env).length > 0) {
    // The later file wins: a job's variables over the service's.
    const files = [`${release}/${envFileName()}`, `${release}/${envFileName(job.name)}`]
    sections.Service = { ...sections.Service, EnvironmentFile: files }
  }
  return mergeDirectives(sections, job.unit)
}

/** The name of the file in a release that holds the service's variables, or those of a job of its. */
export function envFileName(job?: string): string {
  return job === undefined ? 'env' : `env-${job}`
}

/** The same as a word of `ExecStart=`: in our folder `%i` is the slot, any other percent sign is the program's own. */
function unitProgram(storePath: string, program: string): string {
  return quoteWord(programPath(storePath, program)).replace(storePath.replace('%', '%%'), storePath)
}

/** A program of the package, unless the config gave a full path. */
export function programPath(storePath: string, program: string): string {
  return program.startsWith('/') ? program : `${storePath}/bin/${program}`
}

function longRunning(
  app: AppConfig,
  title: string,
  command: readonly string[],
  release: string,
  context: UnitContext,
): Sections {
  const steps: Record<string, Directive> =
    context.systemd >= SYSTEMD_WITH_RESTART_STEPS
      ? { RestartSteps: RESTART_STEPS, RestartMaxDelaySec: RESTART_MAX_SECONDS }
      : {}
  return {
    // The pauses between restarts grow, so there is no limit after which systemd would give up.
    Unit: { Description: `${title} (slipway)`, After: 'network.target', StartLimitIntervalSec: 0 },
    Service: {
      Type: 'exec',
      ...common(app, command, release),
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

function oneshot(app: AppConfig, title: string, command: readonly string[], release: string): Sections {
  return {
    Unit: { Description: `${title} (slipway)`, After: 'network.target' },
    Service: { Type: 'oneshot', ...common(app, command, release), ...SANDBOX },
  }
}

function common(app: AppConfig, command: readonly string[], release: string): Record<string, string> {
  const storePath = `${release}/package`
  const [program = '', ...args] = command
  return {
    User: app.name,
    Group: app.name,
    ExecStart: [unitProgram(storePath, program), ...args.map(quoteWord)].join(' '),
    WorkingDirectory: workingDirectory(app, release),
    // Programs that call others find those of their own package first.
    Environment: `PATH=${storePath}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
    EnvironmentFile: `${release}/${envFileName()}`,
    SyslogIdentifier: app.name,
    UMask: '0077',
    ...(app.state ? { StateDirectory: app.name, StateDirectoryMode: '0750' } : {}),
  }
}

function workingDirectory(app: AppConfig, release: string): string {
  if (app.assets.length > 0) return `${release}/assets`
  return app.state ? stateDir(app.name) : '/'
}

function socketUnit(app: AppConfig, context: UnitContext): Sections {
  return {
    Unit: { Description: `${app.name} socket, %i (slipway)`, ...slotConditions(app.name) },
    Socket: {
      ListenStream: socketPath(app.name, '%i'),
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
      `while [ -e ${holdMark(app.name, slot)} ]; do sleep ${QUEUE_POLL_SECONDS}; done; ` +
      `for p in ${SOCKET_PROXIES.join(' ')}; do if [ -x $$p ]; then ` +
      `exec $$p --connections-max=${QUEUE_CONNECTIONS} --exit-idle-time=${QUEUE_IDLE} 127.0.0.1:${port}; fi; done; exit 1`
    units[`${app.name}@queue-${slot}.socket`] = {
      Unit: { Description: `${app.name}: requests that wait, ${slot} (slipway)` },
      Socket: {
        ListenStream: queuePath(app.name, slot),
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

function timerUnit(app: AppConfig, job: ProcessConfig): Sections {
  return {
    Unit: { Description: `${app.name} ${job.name} timer (slipway)` },
    Timer: { OnCalendar: job.calendar ?? null, Persistent: true },
    Install: { WantedBy: 'timers.target' },
  }
}
