import os from 'node:os'
import type { Config, HostConfig, ServiceConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { SlipwayError } from '../errors.js'
import { hasLocalNix } from '../nix/nix-runner.js'
import { agentProblem, bareReport } from '../plan/bare-host.js'
import { type Finding, type Here, hostFindings } from '../plan/findings.js'
import { bootstrapFacts } from '../remote/bootstrap.js'
import { NoAnswer, NotSetUp } from '../remote/login-errors.js'
import { onBareHost } from './bare-host.js'
import type { Engine } from './engine.js'
import { findUnlocked } from './inputs.js'
import { onHost } from './login.js'
import { reportOf } from './report.js'
import { hostsFor } from './selection.js'
import { settle } from './settle.js'

/** What was found on a host. */
export interface Findings {
  host: string
  findings: Finding[]
}

/** Looks at everything a deploy needs. Changes nothing. */
export async function doctor(
  engine: Engine,
  config: Config,
  hosts: readonly string[],
  overrides: Record<string, string>,
): Promise<Findings[]> {
  const nix = hasLocalNix()
  const look = async (host: HostConfig): Promise<Finding[]> => {
    const services = config.services.filter((service) => service.hosts.includes(host.name))
    const systems = config.systems.filter((system) => system.host === host.name)
    const [found, unlocked] = await Promise.all([
      lookAt(engine, host, services),
      settle(findUnlocked(engine, config, { services, systems }, overrides)),
    ])
    const here: Here = {
      time: Math.floor(Date.now() / 1000),
      machine: os.machine(),
      nix,
      buildsThere: (host.build ?? (nix ? 'local' : 'host')) === 'host',
      agent: found.agent,
      unlocked: nix && unlocked.ok ? unlocked.value : undefined,
    }
    const findings = hostFindings(host.name, found.report, services, here)
    return unlocked.ok ? findings : [...findings, failedFinding('inputs', unlocked.error)]
  }
  return Promise.all(
    hostsFor(config, hosts).map(async (host) => ({
      host: host.name,
      findings: await look(host).catch((error: unknown) => [failedFinding('reachable', error)]),
    })),
  )
}

/** What a host reports; where no agent answers, what there is of one. */
async function lookAt(
  engine: Engine,
  host: HostConfig,
  services: readonly ServiceConfig[],
): Promise<{ report: Report; agent?: string }> {
  try {
    return { report: await onHost(engine, host, (login) => reportOf(login, { settings: true, services })) }
  } catch (error) {
    if (!(error instanceof NotSetUp || error instanceof NoAnswer)) throw error
    const facts = await onBareHost(engine, host, bootstrapFacts)
    return { report: bareReport(facts), agent: agentProblem(facts) ?? 'it runs, and does not answer' }
  }
}

function failedFinding(name: string, error: unknown): Finding {
  if (!(error instanceof SlipwayError)) throw error
  const { what, why, next } = error.parts
  return {
    ...{ name, ok: false, blocks: true },
    found: [what, why].filter(Boolean).join(': '),
    fix: next ?? '',
  }
}
