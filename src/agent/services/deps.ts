import type { Draining } from './draining.js'
import type { RouteCandidate } from './route-refusals.js'

/** What services need of the other parts of the agent. */
export interface ServiceDeps {
  draining: Draining
  /** The group that nginx's workers run as. */
  nginxGroup(): Promise<string>
  /** Why a release's routes can't be served beside all others'; undefined: they can. */
  routesRefusal(service: string, candidate: RouteCandidate): Promise<string | undefined>
  /** Has nginx serve what the current releases say. */
  publish(): Promise<void>
  /** Before something of nginx's changes that is not ours: the next `publish` has it read. */
  markUnread(): Promise<void>
  /** Whether nginx serves a domain with a certificate, as its routes are by now. */
  endsTls(domain: string): Promise<boolean>
}
