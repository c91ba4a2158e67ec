import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ItemProblem } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { exists, linkTarget, listFolder, readText } from '../../files.js'
import { connectionsOf } from '../../sockets/connections.js'
import { listeningOf } from '../../sockets/unit-sockets.js'
import { ADMINISTRATORS_UNITS } from '../../survey/units.js'
import { putBack, setAside } from './aside.js'

/** How often it is looked whether the old program has finished, or is there again, in milliseconds. */
const POLL_MS = 50
/** How long the old program may take to listen again, in milliseconds. */
const LISTEN_MS = 30_000

/** In the folder of what is kept: the unit ran, and listened on these ports. */
const RAN = 'ran.json'

function unitsFolder(folder: string): string {
  return join(folder, 'units')
}

/** The ports that a unit's program listens on. */
async function portsOf(agent: Agent, unit: string): Promise<number[]> {
  return [...new Set((await listeningOf(agent, unit, 'host')).map(({ port }) => port))]
}

/** Waits until the requests that the old program is at have ended, for so long at most, in milliseconds. */
export async function finishRequests(agent: Agent, unit: string, ms: number): Promise<void> {
  const until = performance.now() + ms
  const ports = await portsOf(agent, unit)
  const busy = async () => {
    const counts = await Promise.all(ports.map((tcp) => connectionsOf({ tcp })))
    return counts.some((count) => count > 0)
  }
  while ((await busy()) && performance.now() < until) await sleep(POLL_MS)
}

/** Stops a unit for good: nothing starts it any more, by its name neither. */
export async function retireUnit(agent: Agent, folder: string, unit: string): Promise<void> {
  const { active } = await agent.systemd.unit(unit)
  if (active === 'active') {
    await agent.files.makeFolder(folder)
    await agent.files.write(join(folder, RAN), `${JSON.stringify(await portsOf(agent, unit))}\n`)
  }
  // A boot starts it no more from here on.
  for (const path of await filesOf(unit)) await setAside(agent, unitsFolder(folder), path)
  const result = await agent.systemd.stop(unit)
  if (result !== 'done') throw new ItemProblem(`${unit} could not be stopped: systemd says ${result}`)
  await agent.systemd.daemonReload()
}

/** The unit runs again as it did. */
export async function restoreUnit(agent: Agent, folder: string, unit: string): Promise<void> {
  if (!(await exists(unitsFolder(folder)))) return
  await putBack(agent, unitsFolder(folder))
  await agent.systemd.daemonReload()
  const ran = await readText(join(folder, RAN))
  if (ran === undefined) return
  await agent.systemd.resetFailed(unit)
  const result = await agent.systemd.start(unit)
  if (result !== 'done') throw new ItemProblem(`${unit} could not be started again: systemd says ${result}`)
  const wanted = JSON.parse(ran) as number[]
  const until = performance.now() + LISTEN_MS
  for (;;) {
    const ports = await portsOf(agent, unit)
    if (wanted.every((port) => ports.includes(port))) return
    if (performance.now() > until) {
      throw new ItemProblem(`${unit} was started again, and does not listen on ${wanted.join(', ')}`)
    }
    await sleep(POLL_MS)
  }
}

/** A unit's file, what adds to it, and the links by which others start it. */
async function filesOf(unit: string): Promise<string[]> {
  const at = ADMINISTRATORS_UNITS
  const names = await listFolder(at)
  const inFolders = names.filter((name) => /\.(wants|requires|upholds)$/.test(name))
  const additions = (await listFolder(join(at, `${unit}.d`))).map((name) => join(at, `${unit}.d`, name))
  const links = (
    await Promise.all(
      inFolders.map(async (name) =>
        (await listFolder(join(at, name))).includes(unit) ? [join(at, name, unit)] : [],
      ),
    )
  ).flat()
  const aliases = (
    await Promise.all(
      names.map(async (name) => {
        const target = await linkTarget(join(at, name))
        return target !== undefined && basename(target) === unit ? [join(at, name)] : []
      }),
    )
  ).flat()
  return [...links, ...aliases, ...additions, join(at, unit)]
}
