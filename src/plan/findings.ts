import type { ServiceConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { agentFindings } from './findings/agent.js'
import { exposedFindings } from './findings/exposed.js'
import type { Finding, Here, Subject } from './findings/finding.js'
import { foreignFindings } from './findings/foreign.js'
import { inputFindings } from './findings/inputs.js'
import { loginFindings } from './findings/login.js'
import { diskFindings, nixFindings, systemdFindings, togetherFindings } from './findings/machine.js'
import { nginxFindings } from './findings/nginx.js'
import { portFindings } from './findings/ports.js'
import { programFindings } from './findings/programs.js'
import { secretFindings } from './findings/secrets.js'
import { tlsFindings } from './findings/tls.js'
import { workFindings } from './findings/work.js'

export type { Finding, Here } from './findings/finding.js'

/** Something about a host that a deploy can't go on with. */
export interface HostProblem {
  problem: string
  fix: string
}

/** Everything that deploys of services to a host need, with the fix for what is missing. Pure. */
export function hostFindings(
  host: string,
  report: Report,
  services: readonly ServiceConfig[],
  here: Here,
): Finding[] {
  const { key } = report.host
  // A key is not asked about services that it can't deploy.
  const own = key === null ? services : services.filter(({ name }) => key.services.includes(name))
  return examine({ host, report, services: own, here })
}

/** Why a deploy of services to a host can't go on: the findings that block it. Pure. */
export function hostProblems(
  host: string,
  report: Report,
  services: readonly ServiceConfig[],
): HostProblem[] {
  return examine({ host, report, services }).flatMap(({ blocks, problem, fix }) =>
    blocks && problem !== undefined ? [{ problem, fix: fix ?? '' }] : [],
  )
}

/** What has to be mended first comes first. */
function examine(subject: Subject): Finding[] {
  return [
    ...loginFindings(subject),
    ...systemdFindings(subject),
    ...nixFindings(subject),
    ...agentFindings(subject),
    ...programFindings(subject),
    ...tlsFindings(subject),
    ...nginxFindings(subject),
    ...diskFindings(subject),
    ...togetherFindings(subject),
    ...secretFindings(subject),
    ...foreignFindings(subject),
    ...portFindings(subject),
    ...exposedFindings(subject),
    ...workFindings(subject),
    ...inputFindings(subject),
  ]
}
