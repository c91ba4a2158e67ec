import type { HostConfig } from '../config/resolved.js'
import { freshLogin, type Login, type LoginOptions, login } from '../remote/login.js'
import { type SshAddress, sshAddress, sshBanner } from '../remote/ssh-banner.js'
import type { EngineEvent } from './events.js'
import type { Ask } from './questions.js'

/** What every engine function gets first: when to stop, whom to tell and to ask, and how hosts are reached. */
export interface Engine {
  /** Aborted when the work is to stop. */
  signal: AbortSignal
  tell(event: EngineEvent): void
  ask: Ask
  reach: Reach
}

/** The ways to a host. */
export interface Reach {
  login(host: HostConfig, options: LoginOptions): Promise<Login>
  /** Over a TCP connection and a login of its own. */
  freshLogin(host: HostConfig, options: LoginOptions): Promise<Login>
  /** Where its sshd listens; undefined where only ssh can tell. */
  address(host: HostConfig): Promise<SshAddress | undefined>
  /** Whether sshd answers there now. */
  banner(address: SshAddress): Promise<boolean>
}

/** Over ssh, as all but tests reach hosts. */
export function createEngine(given: Pick<Engine, 'signal' | 'tell' | 'ask'>): Engine {
  return { ...given, reach: { login, freshLogin, address: rememberAddress(), banner: sshBanner } }
}

/** ssh is asked once for each host: whoever will need to know may ask before. */
function rememberAddress(): Reach['address'] {
  const known = new Map<string, Promise<SshAddress | undefined>>()
  return (host) => {
    const address = known.get(host.name) ?? sshAddress(host)
    known.set(host.name, address)
    return address
  }
}
