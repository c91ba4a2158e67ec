import type { Holder } from '../../contract/failure.js'
import type {
  CertificateReport,
  HostFacts,
  Report,
  SecretsReport,
  ServiceReport,
} from '../../contract/report.js'
import type { Params } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import type { NginxFacts } from '../nginx/facts.js'
import { serviceNames } from '../services/releases.js'
import { listeningPorts } from '../sockets/tcp.js'
import { reportSystem } from '../systems/report.js'
import { hostFacts, type Login } from './host.js'
import { createNixFacts } from './nix-facts.js'

/** What others tell for a report. `key`: the key for one service that asks, which sees no more than it may. */
export interface ReportParts {
  agent: HostFacts['agent']
  /** Who works on the host; null for nobody. */
  holder(): Holder | null
  nginx(): Promise<NginxFacts>
  service(name: string, options: { probe: boolean }): Promise<ServiceReport>
  secrets(options: { service: string | null; keys: boolean }): Promise<SecretsReport[]>
  certificates(options: { key: Login['key'] }): Promise<CertificateReport[]>
  /** The ports that releases of all services but this one keep. */
  portsOfOthers(service: string): Promise<number[]>
}

/** Answers the verb `report`. Changes nothing. */
export function createReport(
  agent: Agent,
  parts: ReportParts,
): (params: Params<'report'>, login: Login) => Promise<Report> {
  const nixFacts = createNixFacts(agent)
  return async ({ probe, settings, secretKeys, systems }, login) => {
    const { key } = login
    const host = async () => {
      const [nix, nginx] = await Promise.all([nixFacts(settings), parts.nginx()])
      return hostFacts(agent, { agent: parts.agent, login, nix, nginx })
    }
    const services = async () => {
      const names = await serviceNames(agent)
      const seen = key === null ? names : names.filter((name) => name === key.service)
      return Promise.all(seen.map((name) => parts.service(name, { probe })))
    }
    const [facts, serviceReports, secrets, systemReports, certificates, ports] = await Promise.all([
      host(),
      services(),
      parts.secrets({ service: key?.service ?? null, keys: secretKeys }),
      Promise.all(systems.map((system) => reportSystem(agent, system))),
      parts.certificates({ key }),
      takenPorts(parts, key),
    ])
    return {
      host: facts,
      lock: parts.holder(),
      services: serviceReports,
      secrets,
      systems: systemReports,
      certificates,
      ports,
    }
  }
}

/** Whoever sees one service alone must know the ports of the others. */
async function takenPorts(parts: ReportParts, key: Login['key']): Promise<number[]> {
  const [listening, kept] = await Promise.all([
    listeningPorts(),
    key === null ? [] : parts.portsOfOthers(key.service),
  ])
  return [...new Set([...listening, ...kept])].sort((one, other) => one - other)
}
