import { failed } from '../../contract/failure.js'
import type { Key } from '../../contract/key.js'
import type { Params, Result } from '../../contract/verbs.js'
import { findPackage } from '../realise/realise.js'
import { runWork } from '../realise/run-work.js'
import type { Session } from './session.js'
import type { State } from './state.js'

/** No name of a service or a key holds a colon. */
const unitOf = ({ service, name }: Key, asked: string) => `slipway-realise-${service ?? `${asked}:`}:${name}`

/** Has packages of a key fetched or built, one at a time for each service; the end of its login ends that too. */
export async function realise(
  { agent, realising }: State,
  { peer: { key }, channel }: Session,
  params: Params<'realise'>,
): Promise<Result<'realise'>> {
  if (key === null) throw failed('only for a key does a host get a package by itself')
  const unit = unitOf(key, params.service)
  if (realising.has(unit)) {
    throw failed('a package is being got for this key already', {
      next: 'Run the command again when that has ended.',
    })
  }
  realising.add(unit)
  const end = () => void realising.delete(unit)
  try {
    const found = await findPackage(agent, key, params)
    if (found.state !== 'work') {
      end()
      return found
    }
    const over = new AbortController()
    void channel.closed.then(() => over.abort())
    const { stream, done } = channel.upload(runWork(agent, unit, found.works, over.signal))
    done.catch(() => undefined).finally(end)
    return { state: 'working', stream }
  } catch (error) {
    end()
    throw error
  }
}
