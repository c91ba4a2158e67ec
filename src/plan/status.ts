import type { ServiceReport, SystemReport } from '../contract/report.js'

/** Whether there is anything of a service but what is left of first deploys that failed. */
export function hasServed({ current, activating, releases }: ServiceReport): boolean {
  return current !== null || activating !== null || releases.some(({ good }) => good !== null)
}

/** What a service is doing, in a word or a few. */
export function serviceStatus(service: ServiceReport): string {
  if (service.activating !== null) return `activating release ${service.activating}`
  if (service.current === null) return 'no release'
  if (service.problem !== undefined) return `release ${service.current} can not be read`
  if (service.manifest?.service.kind === 'site') return 'served'
  const broken = service.units.find(({ active }) => active !== 'active')
  if (broken && service.units.every(({ active }) => active === 'inactive')) return 'stopped'
  if (broken) return `${broken.name} is ${broken.sub}`
  if (service.probe === null) return 'running'
  const shared = service.canary
    ? `; release ${service.canary.release} gets ${service.canary.percent} % of the requests`
    : ''
  if (service.maintenance) return 'closed for maintenance'
  return service.probe.healthy
    ? `healthy${shared}`
    : `unhealthy: ${service.probe.problem ?? (service.probe.code || 'no answer')}`
}

/** What a system is doing, in a few words. */
export function systemStatus({ generation, path, running, needsReboot, activating }: SystemReport): string {
  if (activating) return 'activating'
  if (generation === null) return 'no generation'
  if (running !== null && running !== path) return 'active at the next boot; another system runs'
  return needsReboot ? 'active, needs a reboot' : 'active'
}
