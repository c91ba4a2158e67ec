import type { SystemMode } from '../../contract/activation.js'
import { ItemProblem } from '../activation/item.js'
import { realPath } from '../files.js'
import { type Account, asUser } from './account.js'
import { outputOf, ownerOfWork, type SystemWork } from './owner.js'
import type { SystemPlaces } from './places.js'
import { generationOf } from './profile.js'
import { runKept, switchTo, whyOf } from './switch.js'

/** Back to the generation that the profile was at, and to the system that ran: these need not be the same. */
export async function undoSystem(work: SystemWork, places: SystemPlaces): Promise<void> {
  const { agent, record } = work
  await agent.systemd.resetAllFailed().catch((error: unknown) => {
    agent.log.warning(`units that have failed could not be reset: ${error}`)
  })
  const owner = await ownerOfWork(work, places)
  await work.step('profile')
  if (record.mode !== 'test') await undoProfile(work, owner)
  await work.step('activate')
  for (const { system, mode } of await switchesBack(work)) await switchBack(work, owner, system, mode)
}

interface SwitchBack {
  system: string
  mode: SystemMode
}

/** What is activated, one after the other. */
async function switchesBack({ record }: SystemWork): Promise<SwitchBack[]> {
  const { from, profile, mode } = record
  // The first generation has nothing before it that could be activated.
  const generation = from === null ? undefined : await realPath(profile)
  if (from !== null && generation === undefined) {
    throw new ItemProblem(`generation ${from} of ${profile} is gone, so it can't be activated`)
  }
  const running = record.running ?? generation
  if (mode === 'switch' && running !== generation) return switches([running, 'test'], [generation, 'boot'])
  return switches(mode === 'boot' ? [generation, mode] : [running, mode])
}

function switches(...wanted: [string | undefined, SystemMode][]): SwitchBack[] {
  return wanted.flatMap(([system, mode]) => (system === undefined ? [] : [{ system, mode }]))
}

async function switchBack(work: SystemWork, owner: Account, system: string, mode: SystemMode): Promise<void> {
  const { agent, guard, record } = work
  const limits = { ms: guard.activateMs, output: outputOf(work) }
  const ended = await switchTo(agent, { system, mode, profile: record.profile, owner, ...limits })
  if (ended.code === 0) return
  const why = await whyOf(ended, limits)
  throw new ItemProblem(`activating ${system} again failed: ${why}`)
}

async function undoProfile(work: SystemWork, owner: Account): Promise<void> {
  const { agent, guard, record } = work
  const { profile, from } = record
  const at = await generationOf(profile)
  if (from !== null && String(at) === from) return
  const argv =
    from === null ? ['rm', '-f', '--', profile] : ['nix-env', '-p', profile, '--switch-generation', from]
  const limits = { ms: guard.activateMs, output: outputOf(work) }
  // As its owner: a user could lead root astray in folders of his own.
  const ended = await runKept(agent, asUser(owner, argv), limits)
  if (ended.code === 0) return
  const why = await whyOf(ended, limits)
  throw new ItemProblem(
    from === null
      ? `${profile} could not be taken away: ${why}`
      : `generation ${from} of ${profile} could not be put back: ${why}`,
  )
}
