import type { AppConfig, Directive, ProcessConfig } from '../config/resolved.js'
import type { SecretUses } from './credentials.js'
import { currentDir, currentMark, slotDir, slotRunMark } from './host-paths.js'
import { listenFolder, listenPath, socketPath } from './listen.js'
import { type Places, placesIn } from './places.js'
import { longRunning, oneshot } from './program-unit.js'
import { queueUnits } from './queue-units.js'
import { mergeDirectives, renderUnit, type Sections } from './unit-file.js'

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
    if (app.listen.mode === 'fixed')
      Object.assign(units, queueUnits(app.name, app.listen.port, context.nginxGroup))
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
    context.systemd,
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
      ? longRunning(app, title, job.run, places, variables, context.systemd)
      : oneshot(app, title, job.run, places, variables)
  return mergeDirectives(sections, job.unit)
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

function timerUnit(app: AppConfig, job: ProcessConfig, places: Places): Sections {
  return {
    Unit: { Description: `${app.name} ${job.name} timer${places.suffix}` },
    Timer: { OnCalendar: job.calendar ?? null, Persistent: true },
    Install: { WantedBy: 'timers.target' },
  }
}
