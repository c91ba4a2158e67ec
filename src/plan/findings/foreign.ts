import { stateDir } from '../../contract/paths.js'
import { foreignTo } from '../foreign.js'
import { type Finding, finding, type Subject } from './finding.js'

/** What the host has of services' names, and slipway did not make. */
export function foreignFindings({ report, services }: Subject): Finding[] {
  return services.flatMap((service) => {
    const found = foreignTo(service, report)
    if (found === undefined || service.kind === 'site' || service.adopt) return []
    const { name } = service
    const what = [
      ...(found.user ? [`a user ${name}`] : []),
      ...(found.state ? [`${stateDir(name)} (owner ${found.state.owner}, mode ${found.state.mode})`] : []),
    ].join(' and ')
    return [
      finding(`service ${name}`, false, `the host has ${what} already`, {
        fix: `give the service another name, or take it over with services.${name}.adopt: true`,
        problem: `it has ${what} already, which slipway did not make`,
      }),
    ]
  })
}
