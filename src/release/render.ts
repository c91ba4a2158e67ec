import { SOCKETS_ROOT } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import { secretUses, WITH_SECRETS, withSecretsProgram } from './credentials.js'
import { networkFiles } from './network-units.js'
import { type NginxPart, nginxPartOf } from './nginx-part.js'
import { envFiles, namedVariables } from './release-env.js'
import { unitsOf } from './release-units.js'
import { renderUnit } from './unit-file.js'
import type { HostFeatures } from './units.js'

/** What a host makes of a release. */
export interface Rendered {
  /** Unit files, by name. */
  units: Record<string, string>
  /** What lies in the release's folder beside units and assets, by name: variables, a network's rules, what hands over secrets. */
  files: Record<string, string>
  /** What running processes depend on: as long as it stays the same, they need no restart. */
  runtime: string
  nginx: NginxPart
}

/** The file of a release that says where its sockets are; one without it, an older one, has them in /run itself. */
export const SOCKETS_FILE = 'sockets'

/** Renders a release for a host. Pure: the same input gives the same bytes. */
export function renderRelease(manifest: Manifest, features: HostFeatures): Rendered {
  const units = Object.fromEntries(
    Object.entries(unitsOf(manifest, features)).map(([name, sections]) => [
      name,
      renderUnit(manifest.service.name, sections),
    ]),
  )
  return {
    units,
    files: filesOf(manifest),
    runtime: runtimeText(manifest, units),
    nginx: nginxPartOf(manifest),
  }
}

function filesOf(manifest: Manifest): Record<string, string> {
  const { service, secrets } = manifest
  const wrapper = service.kind === 'site' ? undefined : withSecretsProgram(secretUses(service, secrets))
  const hasSockets = service.kind === 'service' && ['unix', 'socket'].includes(service.listen?.mode ?? '')
  return {
    ...envFiles(manifest),
    ...(hasSockets && { [SOCKETS_FILE]: `${SOCKETS_ROOT}\n` }),
    ...(service.kind === 'service' && networkFiles(service, manifest.ports)),
    ...(wrapper !== undefined && { [WITH_SECRETS]: wrapper }),
  }
}

/** Timers and what they start are not running processes. */
function runtimeText(manifest: Manifest, units: Record<string, string>): string {
  const { service, package: storePath, assets, ports } = manifest
  if (service.kind === 'site') return `${JSON.stringify({ package: storePath, env: {}, assets, units })}\n`
  const uses = secretUses(service, manifest.secrets)
  const ofTimers = service.timers.flatMap(({ name }) => [
    `${service.name}-${name}.timer`,
    `${service.name}-${name}.service`,
  ])
  const needed = {
    package: service.reloads?.program ?? storePath,
    env: namedVariables(service, service.processes),
    secrets: Object.keys(uses).length > 0 ? uses : undefined,
    assets,
    ports: ports ?? undefined,
    units: Object.fromEntries(Object.entries(units).filter(([name]) => !ofTimers.includes(name))),
  }
  return `${JSON.stringify(needed)}\n`
}
