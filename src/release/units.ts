import type { AppConfig, Directive, ProcessConfig } from '../config/resolved.js'
import { currentDir, stateDir } from './host-paths.js'
import { listenFolder, listenPath, socketPath } from './listen.js'
import { SANDBOX } from './sandbox.js'
import { mergeDirectives, quoteValue, quoteWord, renderUnit, type Sections } from './unit-file.js'

/** How long a program may take to finish its requests before it is killed. */
const STOP_TIMEOUT_SECONDS = 30
/** The first pause before a crashed program is started again. */
const RESTART_SECONDS = 1
/** The longest pause between restarts, reached after {@link RESTART_STEPS} of them. */
const RESTART_MAX_SECONDS = 30
const RESTART_STEPS = 5
/** `RestartSteps=` and `RestartMaxDelaySec=` came with this systemd. */
const SYSTEMD_WITH_RESTART_STEPS = 254

/** What the units of a release depend on beside the config. */
export interface UnitContext {
  /** The package, as the release in front has it: units stay the same when only the package changes. */
  package: string
  /** The program to run, absolute, and its arguments. */
  command: string[]
  /** The host's systemd version. */
  systemd: number
  /** The group nginx's workers run as: it may connect to the service's unix socket. */
  nginxGroup: string
}

/** The units of a release, by file name. */
export function renderUnits(app: AppConfig, context: UnitContext): Record<string, string> {
  const units: Record<string, Sections> = { [`${app.name}.service`]: mainUnit(app, context) }
  if (app.listen?.mode === 'socket') units[`${app.name}.socket`] = socketUnit(app, context)
  for (const job of app.processes) units[`${app.name}-${job.name}.service`] = jobUnit(app, job, context)
  for (const job of app.timers) {
    units[`${app.name}-${job.name}.service`] = jobUnit(app, job, context)
    units[`${app.name}-${job.name}.timer`] = timerUnit(app, job)
  }
  return Object.fromEntries(
    Object.entries(units).map(([name, sections]) => [name, renderUnit(app.name, sections)]),
  )
}

function mainUnit(app: AppConfig, context: UnitContext): Sections {
  const sections = longRunning(app, app.name, context.command, context)
  const socket = app.listen?.mode === 'socket' ? `${app.name}.socket` : undefined
  if (socket) sections.Unit = { ...sections.Unit, Requires: socket, After: `network.target ${socket}` }
  if (app.listen?.mode === 'unix') {
    const folder = listenFolder(app.name)
    sections.Service = {
      ...sections.Service,
      // nginx alone may reach the socket: what is made in a set-group-ID folder belongs to its group.
      // Not `RuntimeDirectory=`, which would give the folder to the service's own group.
      ExecStartPre: `+/bin/sh -c 'install -d -o ${app.name} -g ${context.nginxGroup} -m 2750 ${folder} && rm -f ${listenPath(app.name)}'`,
      ReadWritePaths: `-${folder}`,
      UMask: '0007',
    }
  }
  return mergeDirectives(sections, app.unit)
}

function jobUnit(app: AppConfig, job: ProcessConfig, context: UnitContext): Sections {
  const command = [programPath(context.package, job.run[0] ?? ''), ...job.run.slice(1)]
  const title = `${app.name} ${job.name}`
  const sections =
    job.calendar === undefined
      ? longRunning(app, title, command, context)
      : oneshot(app, title, command, context)
  if (Object.keys(job.env).length > 0) {
    // The later file wins: a job's variables over the service's.
    const files = [envFile(app.name), envFile(app.name, job.name)]
    sections.Service = { ...sections.Service, EnvironmentFile: files }
  }
  return mergeDirectives(sections, job.unit)
}

function envFile(service: string, job?: string): string {
  return `${currentDir(service)}/${envFileName(job)}`
}

/** The name of the file in a release that holds the service's variables, or those of a job of its. */
export function envFileName(job?: string): string {
  return job === undefined ? 'env' : `env-${job}`
}

/** A program of the package, unless the config gave a full path. */
export function programPath(storePath: string, program: string): string {
  return program.startsWith('/') ? program : `${storePath}/bin/${program}`
}

function longRunning(app: AppConfig, title: string, command: string[], context: UnitContext): Sections {
  const steps: Record<string, Directive> =
    context.systemd >= SYSTEMD_WITH_RESTART_STEPS
      ? { RestartSteps: RESTART_STEPS, RestartMaxDelaySec: RESTART_MAX_SECONDS }
      : {}
  return {
    // The pauses between restarts grow, so there is no limit after which systemd would give up.
    Unit: { Description: `${title} (slipway)`, After: 'network.target', StartLimitIntervalSec: 0 },
    Service: {
      Type: 'exec',
      ...common(app, command, context),
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

function oneshot(app: AppConfig, title: string, command: string[], context: UnitContext): Sections {
  return {
    Unit: { Description: `${title} (slipway)`, After: 'network.target' },
    Service: { Type: 'oneshot', ...common(app, command, context), ...SANDBOX },
  }
}

function common(app: AppConfig, command: string[], context: UnitContext): Record<string, string> {
  return {
    User: app.name,
    Group: app.name,
    ExecStart: command.map(quoteWord).join(' '),
    WorkingDirectory: workingDirectory(app),
    // Programs that call others find those of their own package first.
    Environment: quoteValue(
      `PATH=${context.package}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
    ),
    EnvironmentFile: envFile(app.name),
    SyslogIdentifier: app.name,
    UMask: '0077',
    ...(app.state ? { StateDirectory: app.name, StateDirectoryMode: '0750' } : {}),
  }
}

function workingDirectory(app: AppConfig): string {
  if (app.assets.length > 0) return `${currentDir(app.name)}/assets`
  return app.state ? stateDir(app.name) : '/'
}

function socketUnit(app: AppConfig, context: UnitContext): Sections {
  return {
    Unit: { Description: `${app.name} socket (slipway)` },
    Socket: {
      ListenStream: socketPath(app.name),
      SocketGroup: context.nginxGroup,
      SocketMode: '0660',
      RemoveOnStop: true,
    },
    Install: { WantedBy: 'sockets.target' },
  }
}

function timerUnit(app: AppConfig, job: ProcessConfig): Sections {
  return {
    Unit: { Description: `${app.name} ${job.name} timer (slipway)` },
    Timer: { OnCalendar: job.calendar ?? null, Persistent: true },
    Install: { WantedBy: 'timers.target' },
  }
}
