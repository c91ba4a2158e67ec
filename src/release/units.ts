import { currentDir, currentMark, slotDir, slotRunMark } from '../contract/paths.js'
import type { Ports } from '../contract/release.js'
import type { Directive, Program, Slot } from '../contract/service.js'
import type { SecretUses } from './credentials.js'
import { jobUnits } from './job-units.js'
import { listenFolder, listenPath, socketPath } from './listen.js'
import { namespacePath, networkUnitNames, networkUnits } from './network-units.js'
import { type Places, placesIn } from './places.js'
import { longRunning } from './program-unit.js'
import { queueUnits } from './queue-units.js'
import { folderUnit, folderUnitName, makeFolder, socketUnit } from './socket-units.js'
import { mergeDirectives, type Sections } from './unit-file.js'

/** What a host has that units depend on. */
export interface HostFeatures {
  /** The version of its systemd. */
  systemd: number
  /** The group nginx's workers run as: it may connect to the service's unix socket. */
  nginxGroup: string
}

/** What the units of a release depend on beside the service. */
export interface UnitContext extends HostFeatures {
  /** The program to run, and its arguments: absolute, or found in the package's `bin`. */
  command: string[]
  /** What its programs get. */
  secrets?: SecretUses
  /** The ports slipway picked; absent or null: none. */
  ports?: Ports | null
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
export function serviceUnits(service: Program, context: UnitContext): Record<string, Sections> {
  const units: Record<string, Sections> = {}
  const current = placesIn(service, currentDir(service.name), context.secrets)
  const instance = service.listen ? slotInstance(service, context) : currentInstance(service, current)
  if (service.listen) {
    units[`${service.name}@.service`] = mainUnit(service, instance, context)
    if (service.listen.mode === 'unix') units[folderUnitName(service.name)] = folderUnit(service, context)
    if (service.listen.mode === 'socket')
      units[`${service.name}@.socket`] = socketUnit(service, instance, context)
    if (service.listen.mode === 'fixed')
      Object.assign(units, queueUnits(service.name, service.listen.port, context.nginxGroup))
    if (service.listen.mode === 'network') {
      const conditions = (slot: Slot) => slotConditions(service.name, slot)
      Object.assign(units, networkUnits(service, service.listen, context.ports ?? null, conditions))
    }
  } else {
    units[`${service.name}.service`] = mainUnit(service, instance, context)
  }
  return { ...units, ...jobUnits(service, current, context) }
}

function slotInstance(service: Program, { secrets }: UnitContext): Instance {
  const release = slotDir(service.name)
  const path =
    service.listen?.mode === 'socket' ? socketPath(service.name, '%i') : listenPath(service.name, '%i')
  return {
    unit: `${service.name}@%i`,
    title: `${service.name}, %i`,
    places: placesIn(service, release, secrets, `-${release}/env@%i`),
    conditions: slotConditions(service.name, '%i'),
    socket: { path, folder: listenFolder(service.name), madeBy: folderUnitName(service.name) },
  }
}

function currentInstance(service: Program, places: Places): Instance {
  return { unit: service.name, title: service.name, places, conditions: {}, socket: { path: '', folder: '' } }
}

/** At boot the current slot's instance starts; the other one only while an activation wants it. */
function slotConditions(service: string, slot: Slot | '%i'): Record<string, Directive> {
  return { ConditionPathExists: [`|${currentMark(service, slot)}`, `|${slotRunMark(service, slot)}`] }
}

/** The unit of a service's main program. */
export function mainUnit(service: Program, instance: Instance, context: UnitContext): Sections {
  const sections = longRunning(
    service,
    instance.title,
    context.command,
    instance.places,
    instance.places.variables(),
    context.systemd,
  )
  sections.Unit = { ...sections.Unit, ...instance.conditions }
  if (service.listen?.mode === 'socket') {
    const socket = `${instance.unit}.socket`
    sections.Unit = { ...sections.Unit, Requires: socket, After: `network.target ${socket}` }
  }
  if (service.listen?.mode === 'unix') {
    const { path, folder, madeBy } = instance.socket
    if (madeBy !== undefined) {
      // Not `Requires=`: when a release that listens otherwise takes the folder's unit away, this one goes on.
      sections.Unit = { ...sections.Unit, Wants: madeBy, After: `network.target ${madeBy}` }
    }
    const remove = `rm -f ${path}`
    sections.Service = {
      ...sections.Service,
      ...(madeBy === undefined
        ? {
            ExecStartPre: `+/bin/sh -c '${makeFolder(service, folder, context)} && ${remove}'`,
            ReadWritePaths: `-${folder}`,
          }
        : { ExecStartPre: `/usr/bin/env ${remove}` }),
      UMask: '0007',
    }
  }
  if (service.listen?.mode === 'network') {
    const [network, wayOut] = networkUnitNames(service.name, '%i')
    const after = `network.target ${network} ${wayOut}`
    // Without a way out the program still answers.
    sections.Unit = { ...sections.Unit, Requires: network, Wants: wayOut, After: after }
    sections.Service = { ...sections.Service, NetworkNamespacePath: namespacePath(service.name, '%i') }
  }
  return mergeDirectives(sections, service.unit)
}
