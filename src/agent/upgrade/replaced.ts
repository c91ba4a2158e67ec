import { realpath } from 'node:fs/promises'
import * as z from 'zod/mini'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import type { OwnBundle } from './own-bundle.js'

/** `ExecStart`: each command's program, words, and what is not of interest here. */
const execSchema = z.array(z.tuple([z.string(), z.array(z.string())], z.unknown()))

/**
 * Whether the agent's unit would start another bundle than this process runs: so it is after a switch to a NixOS
 * configuration that declares another, which must not end an agent at work. It ends itself when it has nothing to do.
 */
export async function isReplaced({ systemd }: Agent, own: OwnBundle): Promise<boolean> {
  if (!own.declared) return false
  const [command] = execSchema.parse(await systemd.property(AGENT_UNIT, 'Service', 'ExecStart'))
  const bundle = command?.[1][1]
  return bundle !== undefined && (await realpath(bundle).catch(() => own.path)) !== own.path
}
