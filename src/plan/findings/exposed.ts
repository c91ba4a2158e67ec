import { exposure } from '../exposed.js'
import { type Finding, finding, type Subject } from './finding.js'

/** Programs that listen where nginx is not before them. A deploy goes on: a firewall may keep them in. */
export function exposedFindings({ report, services }: Subject): Finding[] {
  return report.services
    .filter(({ name }) => services.some((service) => service.name === name))
    .flatMap((service) => {
      const found = exposure(service)
      return found === undefined
        ? []
        : [
            finding(`service ${service.name}`, false, found, {
              fix: 'have it listen on 127.0.0.1 alone, or close the port in the firewall',
            }),
          ]
    })
}
