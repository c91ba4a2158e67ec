import { setTimeout as sleep } from 'node:timers/promises'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { NGINX_UNIT } from './unit.js'
import { acceptingWorkers } from './workers.js'

/**
 * How long nginx may take until its old workers take no connection any more. It tries for 2.5 s to get a port that is
 * somebody else's, and then goes on with its old configuration.
 */
const RELOAD_MS = 10_000
/** How often its workers are looked at meanwhile. */
const LOOK_MS = 20

/** Reloads nginx, and waits until no worker with the old configuration takes connections any more. */
export async function reloadNginx(agent: Agent, { limitMs = RELOAD_MS, proc = '/proc' } = {}): Promise<void> {
  const workers = async () => acceptingWorkers((await agent.systemd.unit(NGINX_UNIT)).mainPid, proc)
  const old = await workers()
  const next = `journalctl -u ${NGINX_UNIT} on the host`
  const result = await agent.systemd.reloadOrRestart(NGINX_UNIT)
  if (result !== 'done') throw failed('nginx could not be reloaded', { why: `systemd says: ${result}`, next })
  const end = performance.now() + limitMs
  while ([...(await workers())].some((pid) => old.has(pid))) {
    if (performance.now() > end) {
      throw failed('nginx goes on with its old configuration', {
        why: `its workers still take connections ${limitMs / 1000} s after a reload`,
        next,
      })
    }
    await sleep(LOOK_MS)
  }
}
