import type { Config, HostConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { activate } from './activation/activate.js'
import { type ActivationItem, NO_SECRETS } from './activation/activation.js'
import type { Engine } from './engine.js'
import { whileLocked } from './lock-wait.js'
import { onHosts } from './login.js'
import { projectOf } from './project.js'
import { watchUrls } from './public-urls.js'
import { reportOf } from './report.js'
import { type ActivationResult, activationResult } from './result.js'
import { openSpareLogin } from './spare-login.js'

/** What is done to a service or system that hosts have already. */
export interface OnHosts {
  /** The service or system. */
  name: string
  hosts: readonly HostConfig[]
  /** Whether to wait for a host that somebody else works on. */
  wait: boolean
}

/** Has hosts activate something they have already: what, `choose` says from each host's report. */
export async function activateOnHosts(
  engine: Engine,
  config: Config,
  { name, hosts, wait }: OnHosts,
  choose: (report: Report, host: HostConfig) => { item: ActivationItem; what: string },
): Promise<ActivationResult> {
  const systems = config.systems.filter((system) => system.name === name)
  const services = config.services.filter((service) => service.name === name)
  const { name: project } = await projectOf(config)
  const results = await onHosts(engine, hosts, (login, host) => {
    const urls = watchUrls(services, config.guard.urlMs)
    const spare = systems.length === 0 ? openSpareLogin(engine, host) : undefined
    return whileLocked(engine, host.name, { wait }, async () => {
      const { item: chosen, what } = choose(await reportOf(login, { systems }), host)
      const item = asked(chosen, project)
      const activation = { items: [item], releases: [], secrets: NO_SECRETS, what, guard: config.guard, urls }
      return (await activate(engine, { host, login, spare }, activation)).outcomes
    }).finally(() => {
      urls.abandon()
      spare?.close()
    })
  })
  return activationResult(results)
}

/** A service is asked for in the name of a project. */
function asked(chosen: ActivationItem, project: string): ActivationItem {
  const { item } = chosen
  return item.kind === 'service' ? { ...chosen, item: { ...item, project } } : chosen
}
