import { dirname } from 'node:path'
import { ItemProblem } from '../activation/item.js'
import { type Account, asUser } from './account.js'
import { outputOf, ownerOfWork, type SystemWork } from './owner.js'
import type { SystemPlaces } from './places.js'
import { needsReboot } from './profile.js'
import { runKept, secondsText, switchTo, whyOf } from './switch.js'

/** Makes a system its profile's, and activates it. */
export async function activateSystem(work: SystemWork, places: SystemPlaces): Promise<void> {
  const { agent, guard, record } = work
  const owner = await ownerOfWork(work, places)
  await work.step('profile')
  stopIfAsked(work)
  if (record.mode !== 'test') await setProfile(work, owner)
  await work.step('activate')
  stopIfAsked(work)
  const ended = await switchTo(agent, {
    system: record.to,
    mode: record.mode,
    profile: record.profile,
    owner,
    ms: guard.activateMs,
    output: outputOf(work),
  })
  if (ended.timedOut) {
    throw new ItemProblem(`its activation took longer than ${secondsText(guard.activateMs)}`)
  }
  if (ended.code === null) throw new ItemProblem('its activation was killed')
  if (ended.code !== 0) throw new ItemProblem(`its activation exited with status ${ended.code}`)
  if (await needsReboot(record.profile, record.to, places)) await work.tell('reboot-needed')
}

/** A switch under way is not cut off: half of one is worse than a whole one, which can be put back. */
function stopIfAsked({ signal }: SystemWork): void {
  if (signal.aborted) throw new ItemProblem(String(signal.reason))
}

async function setProfile(work: SystemWork, owner: Account): Promise<void> {
  const { agent, guard, record } = work
  const { profile, generation, to } = record
  if (owner.id === 0) await agent.files.makeFolder(dirname(profile))
  const what = generation === null ? ['--set', to] : ['--switch-generation', String(generation)]
  const limits = { ms: guard.activateMs, output: outputOf(work) }
  const ended = await runKept(agent, asUser(owner, ['nix-env', '-p', profile, ...what]), limits)
  if (ended.code === 0) return
  throw new ItemProblem(`the profile ${profile} could not be set: ${await whyOf(ended, limits)}`)
}
