import type { HostConfig } from '../config/resolved.js'
import type { Result } from '../contract/verbs.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost } from './login.js'
import { whoAmI } from './who.js'

/** Has a host remove from its Nix store what nothing there holds. */
export function collectGarbage(engine: Engine, host: HostConfig): Promise<Result<'gc'>> {
  return onHost(engine, host, (login) => call(login, 'gc', { who: whoAmI(), shortOfKb: null }))
}
