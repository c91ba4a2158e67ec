import { join } from 'node:path'
import type { Item } from '../../contract/activation.js'
import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { leadsSomewhere, realPath } from '../files.js'
import type { SystemPlaces } from './places.js'
import { generationOf, profileOf, runningOf } from './profile.js'
import type { SystemRecord } from './record.js'

/** Finds what is there, and keeps it from Nix's collector for as long as the item's folder is there. */
export async function prepareSystem(
  agent: Agent,
  item: Item,
  dir: string,
  places: SystemPlaces,
): Promise<SystemRecord> {
  if (item.kind !== 'system') throw new Error(`${item.name} is no system`)
  // Where there is no such user, the item is refused later.
  const profile = (await profileOf(agent, item, places)) ?? ''
  const [generation, running] = await Promise.all([generationOf(profile), runningOf(profile, places)])
  await keep(agent, [profile, running ?? '', item.to], join(dir, 'root'))
  return {
    version: 1,
    kind: 'system',
    name: item.name,
    action: item.action,
    to: item.to,
    from: generation === null ? null : String(generation),
    began: Date.now(),
    generation: item.generation,
    mode: item.mode,
    user: item.user,
    profile,
    running,
    confirm: item.confirm,
    revert: item.revert,
  }
}

/** Roots of Nix's collector: what would be put back, and what is to come, which nothing else keeps yet. */
async function keep(agent: Agent, paths: readonly string[], root: string): Promise<void> {
  const there = (await Promise.all(paths.map(keepable))).filter((path) => path !== undefined)
  if (there.length === 0) return
  const argv = ['nix-store', '--realise', ...new Set(there), '--add-root', root, '--indirect']
  const ended = await agent.run(argv)
  if (ended.code === 0) return
  const why = ended.timedOut ? 'Nix did not answer in time' : ended.stderr.trim()
  throw new ItemProblem(`${there.join(' and ')} could not be kept from Nix's collector: ${why}`)
}

async function keepable(path: string): Promise<string | undefined> {
  return (await leadsSomewhere(path)) ? realPath(path) : undefined
}
