import type { ServiceConfig } from '../config/resolved.js'
import type { Report } from '../remote/report.js'
import type { HostProblem } from './readiness.js'

/** `LoadCredential=` came with this systemd, see systemd.exec(5). */
const SYSTEMD_WITH_CREDENTIALS = 247

/** Why a service's programs could not get their secrets on a host, as far as the host's own part goes. */
export function secretProblems(
  host: string,
  service: ServiceConfig,
  { host: facts, secrets: there }: Pick<Report, 'host' | 'secrets'>,
): HostProblem[] {
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
