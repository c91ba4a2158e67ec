import type { Holder } from '../../contract/failure.js'
import type { Around } from '../activation/activate.js'
import type { Turns } from '../activation/turns.js'
import type { Agent } from '../agent.js'
import type { Live } from '../guard/live.js'
import type { Nginx } from '../nginx/nginx.js'
import type { ServiceDeps } from '../services/deps.js'
import type { PeerInfo } from './session.js'

/** An activation whose parts are still sent, or looked at. */
export interface Arriving {
  key: PeerInfo['key']
  holder: Holder
  abort: AbortController
}

/** What the agent knows while it runs. */
export interface State {
  agent: Agent
  around: Around
  deps: ServiceDeps
  nginx: Nginx
  turns: Turns
  /** Activations that are on record, by id. */
  lives: Map<string, Live>
  /** Activations whose parts have not all arrived, by id. */
  arriving: Map<string, Arriving>
  /** Units in which packages are fetched or built for keys. */
  realising: Set<string>
}
