import type { UnitState } from '../../../src/agent/systemd/systemd.js'
import type { NginxPart } from '../../../src/release/nginx-part.js'

/** nginx's unit as systemd tells of it, on Debian unless a test says otherwise. */
export function nginxSystemd(given: {
  state?: Partial<UnitState>
  exec?: [string, string[]]
  user?: string
  group?: string
}) {
  const exec = given.exec ?? ['/usr/sbin/nginx', ['/usr/sbin/nginx', '-g', 'daemon on; master_process on;']]
  const properties: Record<string, unknown> = {
    ExecStart: [[...exec, false, 0n, 0n, 0n, 0n, 0, 0, 0]],
    User: given.user ?? '',
    Group: given.group ?? '',
  }
  return {
    unit: async () => unitState(given.state),
    property: async (_unit: string, _type: string, name: string) => properties[name],
  }
}

export function unitState(given: Partial<UnitState> = {}): UnitState {
  return {
    id: 'nginx.service',
    load: 'loaded',
    active: 'active',
    sub: 'running',
    path: '/usr/lib/systemd/system/nginx.service',
    restarts: 0,
    result: 'success',
    mainCode: 0,
    mainStatus: 0,
    mainPid: 66,
    activeSince: 0,
    inactiveExit: 0,
    mainStart: 0,
    ...given,
  }
}

/** A part with one route. */
export function partOf(service: string, domain: string, text = `location /${service}/ {}\n`): NginxPart {
  return {
    files: { [`locations/${domain}/${service}.conf`]: text },
    domains: { [domain]: { tls: null, path: `/${service}/`, redirectTo: null } },
  }
}
