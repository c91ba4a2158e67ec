import type { ServiceConfig, SystemConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import type { Login } from '../remote/login.js'
import { call } from './host-error.js'

/** What a host is asked to tell beside the rest. */
export interface ReportOptions {
  systems?: readonly SystemConfig[]
  /** Services whose names, or ports, may be somebody else's there. */
  services?: readonly ServiceConfig[]
  /** How services do, asked right now. */
  probe?: boolean
  /** Nix's settings. */
  settings?: boolean
  /** What versions of secrets are made with. */
  secretKeys?: boolean
}

/** Asks a host what it is and has. Changes nothing. */
export function reportOf(login: Login, options: ReportOptions = {}): Promise<Report> {
  const { systems = [], services = [], probe = false, settings = false, secretKeys = false } = options
  return call(login, 'report', {
    ...{ probe, settings, secretKeys },
    // A site has neither user nor state.
    names: services.filter(({ kind }) => kind === 'service').map(({ name }) => name),
    ports: services.flatMap((service) =>
      service.kind === 'service' && service.listen?.mode === 'fixed'
        ? [{ service: service.name, port: service.listen.port }]
        : [],
    ),
    systems: systems.map(({ name, user, profileName, profile = null }) => ({
      ...{ name, user, profileName, profile },
    })),
  })
}
