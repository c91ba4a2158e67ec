import type { JobConfig, Program } from '../contract/service.js'
import type { Places } from './places.js'
import { longRunning, oneshot } from './program-unit.js'
import { mergeDirectives, type Sections } from './unit-file.js'
import type { HostFeatures } from './units.js'

/** The units of workers and timers, by file name. */
export function jobUnits(service: Program, places: Places, features: HostFeatures): Record<string, Sections> {
  const units: Record<string, Sections> = {}
  for (const job of [...service.processes, ...service.timers]) {
    units[`${service.name}-${job.name}.service`] = jobUnit(service, job, places, features)
    if (job.calendar !== undefined)
      units[`${service.name}-${job.name}.timer`] = timerUnit(service, job, places)
  }
  return units
}

function jobUnit(service: Program, job: JobConfig, places: Places, features: HostFeatures): Sections {
  const title = `${service.name} ${job.name}`
  const variables = places.variables(Object.keys(job.env).length > 0 ? job.name : undefined)
  const sections =
    job.calendar === undefined
      ? longRunning(service, title, job.run, places, variables, features.systemd)
      : oneshot(service, title, job.run, places, variables)
  return mergeDirectives(sections, job.unit)
}

function timerUnit(service: Program, job: JobConfig, places: Places): Sections {
  const sections = {
    Unit: { Description: `${service.name} ${job.name} timer${places.suffix}` },
    Timer: { OnCalendar: job.calendar ?? null, Persistent: true },
    Install: { WantedBy: 'timers.target' },
  }
  return mergeDirectives(sections, job.unit)
}
