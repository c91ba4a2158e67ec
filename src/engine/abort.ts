import type { Config } from '../config/resolved.js'
import type { Result } from '../contract/verbs.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost } from './login.js'
import { hostOf } from './selection.js'
import { whoAmI } from './who.js'

/** Ends what is being activated on a host, whoever began it; resolves when what was there has been put back. */
export function abort(engine: Engine, config: Config, host: string): Promise<Result<'abortTurn'>> {
  return onHost(engine, hostOf(config, host), (login) => call(login, 'abortTurn', { who: whoAmI() }))
}
