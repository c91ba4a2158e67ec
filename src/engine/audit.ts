import type { Config } from '../config/resolved.js'
import type { AuditEntry } from '../contract/audit.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost } from './login.js'
import { hostOf } from './selection.js'

/**
 * What keys asked of a host and were refused: the newest entries, the oldest of them first.
 * `key`: the name of the keys that are meant; undefined: all.
 */
export async function audit(
  engine: Engine,
  config: Config,
  { host, key, lines }: { host: string; key: string | undefined; lines: number },
): Promise<AuditEntry[]> {
  const params = { name: key ?? null, lines }
  const { entries } = await onHost(engine, hostOf(config, host), (login) => call(login, 'audit', params))
  return entries
}
