import type { NginxPart } from '../../release/nginx-part.js'
import type { Draining } from './draining.js'

/** What services need of the other parts of the agent. */
export interface ServiceDeps {
  draining: Draining
  /** The group that nginx's workers run as. */
  nginxGroup(): Promise<string>
  /** Why nginx would not serve a service's part beside all others; undefined: it would. */
  nginxRefusal(service: string, part: NginxPart): Promise<string | undefined>
  /** Has nginx serve what the current releases say. */
  publish(): Promise<void>
  /** Whether nginx serves a domain with a certificate, as its routes are by now. */
  endsTls(domain: string): Promise<boolean>
}
