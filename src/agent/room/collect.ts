import { failed } from '../../contract/failure.js'
import type { Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { freeBytes, NIX_STORE } from './free.js'

/** How long a collection may take, in milliseconds: a store of a million paths on a slow disk takes most of that. */
const COLLECT_MS = 3_600_000

/**
 * Has Nix remove what no root holds. Releases, guards and the agent's Node have roots, and no generation of a profile is
 * deleted. What was removed stays so where it fails.
 * @param shortOfKb collects only where less than this is free; null: always.
 */
export async function collectGarbage(
  agent: Agent,
  shortOfKb: number | null,
  free: () => Promise<number> = () => freeBytes([NIX_STORE]),
): Promise<Result<'gc'>> {
  const before = await free()
  if (shortOfKb !== null && before >= shortOfKb * 1024) return { collected: false, before, after: before }
  // Names of what is deleted may be more than an answer may hold.
  const argv = ['nix-store', '--gc', '--quiet']
  const { code, stderr, timedOut } = await agent.run(argv, { timeoutMs: COLLECT_MS })
  const after = await free()
  if (code === 0) return { collected: true, before, after }
  throw failed(`Nix's garbage was not all collected`, {
    why: timedOut ? 'It took too long.' : stderr.trim() || `nix-store exited with status ${code}.`,
    next: 'What was freed stays free. Run it again.',
  })
}
