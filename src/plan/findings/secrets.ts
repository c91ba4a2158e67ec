import type { ServiceConfig } from '../../config/resolved.js'
import type { Report } from '../../contract/report.js'
import { type Finding, finding, type Subject } from './finding.js'

/** `LoadCredential=` came with this systemd, see systemd.exec(5). */
const SYSTEMD_WITH_CREDENTIALS = 247

/** Why services' programs could not get their secrets, as far as the host's own part goes. */
export function secretFindings({ host, report, services }: Subject): Finding[] {
  return services
    .flatMap((service) => secretProblems(host, service, report))
    .map(({ problem, fix }) => finding('secrets', false, problem, { fix, problem }))
}

function secretProblems(
  host: string,
  service: ServiceConfig,
  { host: facts, secrets: there }: Report,
): { problem: string; fix: string }[] {
  if (service.kind === 'site' || service.secrets.length === 0) return []
  if (facts.systemd !== 0 && facts.systemd < SYSTEMD_WITH_CREDENTIALS) {
    return [
      {
        problem: `its systemd ${facts.systemd} can't hand secrets to ${service.name}`,
        fix: `update the host: systemd ${SYSTEMD_WITH_CREDENTIALS} or newer is needed`,
      },
    ]
  }
  const kept = there.find((one) => one.service === service.name)?.kept ?? {}
  return service.secrets
    .filter(({ name, from }) => from === 'host' && kept[name] === undefined)
    .map(({ name }) => ({
      problem: `the secret ${name} of ${service.name} is not there`,
      fix: `slipway secrets set ${name} --host ${host} --service ${service.name}`,
    }))
}
