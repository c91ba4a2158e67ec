import type { Holder } from '../../contract/failure.js'
import type {
  CertificateReport,
  HostFacts,
  PortHolder,
  Report,
  SecretsReport,
  ServiceReport,
} from '../../contract/report.js'
import type { Params } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import type { NginxFacts } from '../nginx/facts.js'
import { serviceNames } from '../services/releases.js'
import { portHolder } from '../sockets/holder.js'
import { listeningPorts } from '../sockets/tcp.js'
import { reportSystem } from '../systems/report.js'
import { foreignOf } from './foreign.js'
import { hostFacts, type Login } from './host.js'
import { createNixFacts } from './nix-facts.js'

/** What others tell for a report. */
export interface ReportParts {
  agent: HostFacts['agent']
  /** Who works on the host; null for nobody. */
  holder(): Holder | null
  nginx(): Promise<NginxFacts>
  service(name: string, options: { probe: boolean }): Promise<ServiceReport>
  /** `only`: of these services alone. */
  secrets(keys: boolean, only: readonly string[] | null): Promise<SecretsReport[]>
  certificates(): Promise<CertificateReport[]>
}

/**
 * Answers the verb `report`. Changes nothing. Looks at no more services than the login may be told of; what it may see
 * of the rest is for whoever knows its rights.
 */
export function createReport(
  agent: Agent,
  parts: ReportParts,
): (params: Params<'report'>, login: Login) => Promise<Report> {
  const nixFacts = createNixFacts(agent)
  return async ({ probe, settings, secretKeys, systems, names = [], ports: wanted = [] }, login) => {
    const { only } = login
    const host = async () => {
      const [nix, nginx] = await Promise.all([nixFacts(settings), parts.nginx()])
      return hostFacts(agent, { agent: parts.agent, login, nix, nginx })
    }
    const services = async () => {
      const names = (await serviceNames(agent)).filter((name) => only === null || only.includes(name))
      return Promise.all(names.map((name) => parts.service(name, { probe })))
    }
    const asked = only === null ? systems : []
    const foreign = names.filter((name) => only === null || only.includes(name))
    const own = wanted.filter(({ service }) => only === null || only.includes(service))
    const [facts, serviceReports, secrets, systemReports, certificates, ports, theirs, holders] =
      await Promise.all([
        host(),
        services(),
        parts.secrets(secretKeys, only),
        Promise.all(asked.map((system) => reportSystem(agent, system))),
        parts.certificates(),
        listeningPorts(),
        Promise.all(foreign.map((name) => foreignOf(agent, name))),
        Promise.all(own.map(holderOf)),
      ])
    return {
      host: facts,
      lock: parts.holder(),
      services: serviceReports,
      secrets,
      systems: systemReports,
      certificates,
      foreign: theirs.flat(),
      portHolders: holders.flat(),
      ports,
    }
  }
}

async function holderOf(wanted: Omit<PortHolder, 'by'>): Promise<PortHolder[]> {
  const by = await portHolder(wanted.port, wanted.service)
  return by === undefined ? [] : [{ ...wanted, by }]
}
