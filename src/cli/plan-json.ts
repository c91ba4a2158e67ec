import type { HostFailure } from '../engine/result.js'
import type { HostPlan } from '../plan/plan.js'
import { failuresJson } from './failures.js'

/** Plans for programs: everything but the files' texts. */
export function planJson(
  plans: readonly HostPlan[],
  failures: readonly HostFailure[],
  environment?: string,
): object {
  return {
    ...(environment !== undefined && { environment }),
    hosts: plans.map(({ host, problems, systems, services, others, whence }) => ({
      host,
      problems,
      systems: systems.map(({ config: _, ...system }) => system),
      services: services.map(({ service, status, number, from, changes, warnings, manifest }) => ({
        service,
        status,
        release: number,
        from,
        package: manifest.package,
        commit: manifest.commit,
        project: manifest.project,
        routes: manifest.service.routes.map(({ url }) => url),
        changes,
        warnings,
      })),
      others,
      ...(whence !== undefined && { whence }),
    })),
    failures: failuresJson(failures),
  }
}
