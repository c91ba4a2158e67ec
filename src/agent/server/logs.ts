import { CallFailed } from '../../contract/failure.js'
import type { Params, Result } from '../../contract/verbs.js'
import { serviceLogs } from '../journal/logs.js'
import { installedUnits } from '../services/units.js'
import { limitsOf } from './limits.js'
import type { Session } from './session.js'
import type { State } from './state.js'

/** Sends services' journals as bytes beside the calls; whoever wants no more of one breaks its stream off. */
export function createLogs({ agent }: State, session: Session) {
  const most = limitsOf(session.peer).logs
  let underWay = 0
  return async (params: Params<'logs'>): Promise<Result<'logs'>> => {
    if (underWay >= most) {
      throw new CallFailed({ kind: 'invalid', problem: `logs: a login can read ${most} at a time` })
    }
    underWay += 1
    const over = new AbortController()
    const end = () => {
      underWay -= 1
      over.abort()
    }
    try {
      const { channel } = session
      void channel.closed.then(() => over.abort())
      const installed = await installedUnits(agent, params.service)
      const forKey = session.peer.key !== null
      const text = await serviceLogs(agent, params, { installed, signal: over.signal, forKey })
      const { stream, done } = channel.upload(text)
      done.catch(() => undefined).finally(end)
      return { stream }
    } catch (error) {
      end()
      throw error
    }
  }
}
