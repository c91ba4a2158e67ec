import type { Manifest } from '../contract/release.js'
import { secretUses } from './credentials.js'
import type { Sections } from './unit-file.js'
import { type HostFeatures, serviceUnits } from './units.js'

/** The units of a release on a host, by file name. */
export function unitsOf(manifest: Manifest, features: HostFeatures): Record<string, Sections> {
  const { service, program, secrets, ports } = manifest
  if (service.kind === 'site') return {}
  return serviceUnits(service, {
    systemd: features.systemd,
    nginxGroup: features.nginxGroup,
    command: service.run ?? [program ?? ''],
    secrets: secretUses(service, secrets),
    ports,
  })
}
