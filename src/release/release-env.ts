import { slotDir } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import { type JobConfig, type Program, SLOTS, type Slot } from '../contract/service.js'
import { renderEnvFile } from './env-file.js'
import { listenEnv } from './listen.js'
import { envFileName } from './places.js'

/** The files of variables that a release has, by name: the service's, what a slot adds, what a job adds. */
export function envFiles({ service, ports }: Manifest): Record<string, string> {
  if (service.kind === 'site') return {}
  const files: Record<string, string> = { [envFileName()]: renderEnvFile(service.env) }
  const add = (name: string, env: Record<string, string>) => {
    if (Object.keys(env).length > 0) files[name] = renderEnvFile(env)
  }
  for (const job of jobsOf(service)) add(envFileName(job.name), job.env)
  for (const slot of SLOTS) {
    const listening = listenEnv(service.name, service.listen, ports, slot)
    add(`env@${slot}`, service.listen ? { ...inSlot(service, slot), ...listening } : listening)
  }
  return files
}

/** Variables that name a file of the release: in each slot that is of its own. */
function inSlot({ name, env }: Program, slot: Slot): Record<string, string> {
  const place = slotDir(name)
  return Object.fromEntries(
    Object.entries(env)
      .filter(([, value]) => value.includes(place))
      .map(([variable, value]) => [variable, value.replaceAll(place, place.replace('%i', slot))]),
  )
}

/** A service's variables and, as `worker.QUEUE`, those of some of its jobs. */
export function namedVariables(service: Program, jobs = jobsOf(service)): Record<string, string> {
  const ofJobs = jobs.flatMap((job) =>
    Object.entries(job.env).map(([name, value]) => [`${job.name}.${name}`, value] as const),
  )
  return { ...service.env, ...Object.fromEntries(ofJobs) }
}

function jobsOf(service: Program): JobConfig[] {
  return [...service.processes, ...service.timers]
}
