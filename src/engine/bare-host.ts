import type { HostConfig } from '../config/resolved.js'
import type { Bootstrap } from '../remote/bootstrap.js'
import { connect } from '../remote/connection.js'
import type { Engine } from './engine.js'
import { unlessInterrupted } from './interrupt.js'

/** Does something on a host over a login that takes no agent. */
export async function onBareHost<T>(
  engine: Engine,
  host: HostConfig,
  work: (via: Bootstrap) => Promise<T>,
): Promise<T> {
  const opening = connect(host)
  const connection = await unlessInterrupted(engine.signal, opening).catch((error) => {
    // A login that comes about after all would keep the program from ending.
    opening.then(({ close }) => close()).catch(() => undefined)
    throw error
  })
  try {
    return await work({ connection, ask: (question) => engine.ask(question, engine.signal) })
  } finally {
    connection.close()
  }
}
