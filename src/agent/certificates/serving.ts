import type { Publisher } from '../nginx/publisher.js'
import { portHolder } from '../sockets/holder.js'
import { HTTPS_PORT, servesTls } from './serves-tls.js'

/** What has nginx read its certificates, and tells whether it serves them. */
export interface Serving extends Pick<Publisher, 'publish' | 'markUnread'> {
  /** Who listens where nginx would, as `perl (process 12)`; undefined: nobody, or nginx. */
  portHolder(): Promise<string | undefined>
  servesTls(domain: string): Promise<boolean>
}

export function servingBy({ publish, markUnread }: Pick<Publisher, 'publish' | 'markUnread'>): Serving {
  return { publish, markUnread, servesTls, portHolder: () => portHolder(HTTPS_PORT, 'nginx') }
}
