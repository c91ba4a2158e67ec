import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Params, Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { readTail } from '../journal/tail.js'
import { SYSTEM_PLACES, type SystemPlaces } from './places.js'
import { ownerOf } from './refusal.js'
import { switchTo } from './switch.js'

/** How long a system may take to say what its activation would do. */
const DRY_MS = 600_000
/** The most that is told of it: far more than anybody reads. */
const TOLD_BYTES = 1024 * 1024
/** What timeout(1) ends with. */
const TIMED_OUT = 124
/** What stands for the end by a signal. */
const KILLED = 137

/** What an activation would do, as the system itself tells it. Changes nothing. */
export async function dryActivate(
  agent: Agent,
  { path, user }: Params<'dryActivate'>,
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<Result<'dryActivate'>> {
  const found = await ownerOf(agent, { path, user }, places)
  if ('problem' in found) throw failed(found.problem)
  await agent.files.makeFolder(agent.places.run)
  const output = join(agent.places.run, `dry-activate-${randomUUID()}`)
  try {
    const ended = await switchTo(agent, {
      system: path,
      mode: 'dry-activate',
      profile: path,
      owner: found.owner,
      ms: DRY_MS,
      output,
    })
    const told = (await readTail(output, TOLD_BYTES)) ?? ended.stdout + ended.stderr
    return { output: told, status: ended.timedOut ? TIMED_OUT : (ended.code ?? KILLED) }
  } finally {
    await agent.files.remove(output)
  }
}
