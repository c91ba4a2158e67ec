import type { Item, NewRelease } from '../../contract/activation.js'
import { isForeign } from '../../release/owners.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { readRelease } from '../services/releases.js'
import { currentRelease } from '../services/slots.js'

/** A key hands its service from one project to another neither with a new release nor with an old one. */
export async function takeOverProblems(
  agent: Agent,
  item: Item,
  releases: readonly NewRelease[],
): Promise<string[]> {
  if (item.kind !== 'service') return []
  const { name: service } = item
  if (item.renames !== undefined || item.action === 'rename') {
    return ['to give a service another name is for an administrator']
  }
  if (item.adopts !== undefined) return ['to take over what slipway did not make is for an administrator']
  if (item.takeOver) return ["to take over what is another project's is for an administrator"]
  const number = await currentRelease(agent, service)
  const current = number === undefined ? undefined : await projectOf(agent, service, number)
  const sent = releases.find(
    ({ number, manifest }) => number === item.to && manifest.service.name === service,
  )
  const next = sent ? sent.manifest.project : await projectOf(agent, service, item.to)
  // What was deployed before projects had names may come back.
  const unnamed = sent !== undefined && next === undefined && current !== undefined
  return isForeign(current, next) || unnamed
    ? [`${service} is of the project ${current}, and stays so until an administrator deploys it from another`]
    : []
}

/** undefined: it has none, or there is no such release. */
async function projectOf(agent: Agent, service: string, number: number): Promise<string | undefined> {
  if (!(await exists(agent.places.release(service, number)))) return undefined
  return (await readRelease(agent, service, number)).manifest?.project
}
