import { join } from 'node:path'
import * as z from 'zod/mini'
import { failed } from '../../contract/failure.js'
import { NGINX_INCLUDE, SETUP_CHANGE, SETUP_MANUAL } from '../../contract/setup.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import type { Nginx } from '../nginx/nginx.js'
import { NGINX_UNIT } from '../nginx/unit.js'
import type { Changes } from './changes.js'

/** The file by which nginx includes what is served. */
export function includeFile(etc: string): string {
  return join(etc, 'nginx/conf.d/slipway.conf')
}

/** Has nginx include what is served, and run. A host may lack it: then its owner has been told. */
export async function prepareNginx(
  agent: Agent,
  changes: Changes,
  nginx: Pick<Nginx, 'facts' | 'check' | 'outdated' | 'publish'>,
  etc: string,
): Promise<void> {
  const { version, includes, valid } = await nginx.facts()
  if (version === null) return
  // What somebody else has set since may be what ours must not set as well.
  if (!valid && (await nginx.outdated()) && changes.change(SETUP_CHANGE.nginxTree)) await nginx.publish()
  if (!includes) await include(agent, changes, nginx, includeFile(etc))
  await runAtBoot(agent, changes)
}

async function include(
  agent: Agent,
  { change, manual }: Changes,
  nginx: Pick<Nginx, 'check'>,
  path: string,
): Promise<void> {
  if (await exists(path)) {
    manual(SETUP_MANUAL.nginxInclude)
    return
  }
  if (!change(SETUP_CHANGE.nginxInclude)) return
  await agent.files.write(path, `${NGINX_INCLUDE}\n`)
  const complaint = await complaintOf(nginx).catch(async (error) => {
    await agent.files.remove(path)
    throw error
  })
  if (complaint !== undefined) {
    await agent.files.remove(path)
    throw failed('nginx refused the include line, it was taken back', { why: complaint })
  }
  const result = await agent.systemd.reloadOrRestart(NGINX_UNIT)
  if (result !== 'done') throw failed('nginx could not be reloaded', { why: `systemd says: ${result}` })
}

async function complaintOf(nginx: Pick<Nginx, 'check'>): Promise<string | undefined> {
  const result = await nginx.check()
  return result.kind === 'complaint' ? result.complaint : undefined
}

async function runAtBoot({ systemd }: Agent, { change }: Changes): Promise<void> {
  const state = z.string().parse(await systemd.property(NGINX_UNIT, 'Unit', 'UnitFileState'))
  if (state.startsWith('enabled') || !change(SETUP_CHANGE.nginxStart)) return
  await systemd.enable(NGINX_UNIT)
  await systemd.daemonReload()
  const result = await systemd.start(NGINX_UNIT)
  if (result !== 'done') throw failed('nginx could not be started', { why: `systemd says: ${result}` })
}
