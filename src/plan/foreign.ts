import type { ServiceConfig } from '../config/resolved.js'
import { stateDir } from '../contract/paths.js'
import type { ForeignReport, Report } from '../contract/report.js'

/** The mode that systemd gives a state directory here: see StateDirectoryMode= in src/release. */
const STATE_MODE = '0750'

/** What is somebody else's on the host of what a service needs; undefined: nothing. */
export function foreignTo(service: ServiceConfig, { foreign = [] }: Report): ForeignReport | undefined {
  if (service.kind === 'site') return undefined
  const found = foreign.find((one) => one.service === service.name)
  const state = service.state ? (found?.state ?? null) : null
  return found && (found.user || state) ? { ...found, state } : undefined
}

/** What a service would take over that slipway did not make: one sentence each. */
export function adoptions(service: ServiceConfig, report: Report): string[] {
  const found = foreignTo(service, report)
  if (found === undefined || service.kind === 'site' || !service.adopt) return []
  const { name } = service
  return [
    ...(found.user ? [`${name} will run as the user ${name} that the host has already`] : []),
    ...(found.state ? [`${name} takes over ${stateDir(name)}: ${stateChange(name, found.state)}`] : []),
  ]
}

function stateChange(name: string, { owner, mode }: NonNullable<ForeignReport['state']>): string {
  const changes = [
    ...(owner === name ? [] : [`the owner of all in it changes from ${owner} to ${name}`]),
    ...(mode === STATE_MODE ? [] : [`its mode from ${mode} to ${STATE_MODE}`]),
  ]
  return changes.length === 0 ? 'its owner and mode stay' : changes.join(', ')
}
