import os from 'node:os'
import type { Config } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { hasLocalNix } from '../nix/nix-runner.js'
import { type Finding, type Here, hostFindings } from '../plan/findings.js'
import type { Engine } from './engine.js'
import { onHosts } from './login.js'
import { reportOf } from './report.js'
import { hostsFor } from './selection.js'

/** What was found on a host. */
export interface Findings {
  host: string
  findings: Finding[]
}

/** Looks at everything a deploy needs. Changes nothing. */
export async function doctor(engine: Engine, config: Config, hosts: readonly string[]): Promise<Findings[]> {
  const nix = hasLocalNix()
  const results = await onHosts(engine, hostsFor(config, hosts), async (login, host) => {
    const services = config.services.filter((service) => service.hosts.includes(host.name))
    const here: Here = {
      time: Math.floor(Date.now() / 1000),
      machine: os.machine(),
      nix,
      buildsThere: (host.build ?? (nix ? 'local' : 'host')) === 'host',
    }
    return hostFindings(host.name, await reportOf(login, { settings: true }), services, here)
  })
  return results.map(({ host, result }) => ({
    host: host.name,
    findings: result.ok ? result.value : [unreachable(result.error)],
  }))
}

function unreachable(error: unknown): Finding {
  if (!(error instanceof SlipwayError)) throw error
  const { what, why, next } = error.parts
  return {
    ...{ name: 'reachable', ok: false, blocks: true },
    found: [what, why].filter(Boolean).join(': '),
    fix: next ?? '',
  }
}
