import { lstat } from 'node:fs/promises'
import type { Adopts } from '../../../contract/activation.js'
import { HOST_ROOT } from '../../../contract/paths.js'
import { ItemProblem } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { exists, readText } from '../../files.js'
import { listeningOf } from '../../sockets/unit-sockets.js'
import { ADMINISTRATORS_UNITS } from '../../survey/units.js'
import type { ServiceRecord } from '../item-record.js'
import { certificateProblem } from './certificates.js'
import { editedFiles } from './vhost.js'

/** What is a system's own, whoever names it. */
const OF_SYSTEM = /^\/(nix|usr|bin|sbin|lib|lib64|etc|dev|proc|sys|run|boot)(\/|$)/

/** What stands against taking over what the request names: one sentence; undefined: nothing. */
export async function adoptsRefusal(
  agent: Agent,
  { name, fromNumber }: ServiceRecord,
  adopts: Adopts,
): Promise<string | undefined> {
  const { unit, state, certificates = [] } = adopts
  if (fromNumber !== null) return `${name} is served by slipway already: there is nothing to take over`
  if (unit !== null) {
    const { load, path } = await agent.systemd.unit(unit)
    if (load !== 'loaded') return `the host has no unit ${unit} any more`
    if (path !== `${ADMINISTRATORS_UNITS}/${unit}` || (await readText(path)) === undefined) {
      return `${unit} is not the administrator's to take away: it lies in ${path}`
    }
  }
  const target = agent.places.state(name)
  if (state.some(({ from }) => from !== target) && (await exists(target))) {
    return `the host already has ${target}, where the state would go; move it away, or give the service another name`
  }
  for (const { from } of state) {
    if (OF_SYSTEM.test(from) || from.startsWith(HOST_ROOT) || from.lastIndexOf('/') === 0) {
      return `${from} is the system's, and no service's state`
    }
    const found = await lstat(from).catch(() => undefined)
    if (found === undefined) return `there is no ${from} any more`
    if (found.isSymbolicLink()) return `${from} is a link; name where it leads`
  }
  for (const one of certificates) {
    const problem = await certificateProblem(one)
    if (problem !== undefined) return problem
  }
  try {
    await editedFiles(adopts)
  } catch (error) {
    if (error instanceof ItemProblem) return error.message
    throw error
  }
  return undefined
}

/** Whether a unit is what has a port. */
export async function isHeldBy(
  agent: Agent,
  port: number,
  unit: string | null | undefined,
): Promise<boolean> {
  if (unit === null || unit === undefined) return false
  return (await listeningOf(agent, unit, 'host')).some((socket) => socket.port === port)
}
