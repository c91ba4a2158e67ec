import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { bootId } from '../guard/boot.js'
import type { Live } from '../guard/live.js'
import { hasEnded, itemDir, moveItem, SEEN } from '../guard/record.js'
import { anyIn } from './activate.js'
import { beginStep } from './kinds.js'

/** What a confirmation that comes too late is told. */
const NOTHING_WAITS = 'nothing waits for a confirmation any more: it was put back'

/** Whether a login may confirm: only one over another connection than the activation's, in the same boot. */
async function requireNewLogin(live: Live, connection: string): Promise<void> {
  if (connection !== '' && connection === live.guard.connection) {
    throw failed('a confirmation must come over a new connection')
  }
  if (live.guard.boot !== (await bootId())) {
    throw failed('the host was booted meanwhile, which puts back what nobody had confirmed')
  }
}

/** The login that is to confirm has come; ends when nothing but the confirmation is missing. */
export async function reach(agent: Agent, live: Live, connection: string): Promise<void> {
  await requireNewLogin(live, connection)
  await markSeen(agent, live)
  await live.waiting.wait()
  // It can be reached: other hosts may now be waited for. Whoever decides here is told before it is asked how things
  // stand: what is active still will be held.
  live.reached.raise()
  if (!(await anyIn(live, ['active', 'confirmed']))) throw failed(NOTHING_WAITS)
}

/** Disarms the guard. */
export async function confirm(agent: Agent, live: Live, connection: string, nonce: string): Promise<void> {
  await requireNewLogin(live, connection)
  await markSeen(agent, live)
  if (nonce !== live.guard.nonce) throw failed(`this is no confirmation of activation ${live.id}`)
  if (!live.waiting.set) throw failed('not all of it is active yet')
  if (!(await hasEnded(live.dir))) await beginStep(agent, live, 'confirm')
  for (const { name } of live.guard.items) {
    if (await moveItem(agent, itemDir(live.dir, name), 'active', 'confirmed'))
      await live.tell(name, 'confirmed')
  }
  live.changed.raise()
  if (!(await anyIn(live, ['confirmed']))) throw failed(NOTHING_WAITS)
}

/** The deployer has been here again: its network works. */
export async function markSeen(agent: Agent, live: Live): Promise<void> {
  await agent.files.touch(`${live.dir}/${SEEN}`).catch((error: unknown) => {
    agent.log.warning(`${live.id}: ${String(error)}`)
  })
}
