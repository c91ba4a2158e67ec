import { dirname, join } from 'node:path'
import { CallFailed, failed, failureText } from '../../contract/failure.js'
import { AGENT_RUNTIME, AGENT_UNIT, SOCKETS_ROOT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { createAgent } from '../context.js'
import { listFolder, readLink, readText } from '../files.js'
import { serviceNames } from '../services/releases.js'
import { disableUnit } from '../services/units.js'
import { persistentUnitDir, unitDir } from '../units-dir.js'

/** How the first line of each unit of ours begins. */
const MARK = '# Managed by slipway'

/** What of a host lies elsewhere; tests put folders of their own in its place. */
export interface LeftPlaces {
  /** The folders that have units of ours. */
  units: readonly string[]
  /** Where systemd keeps when timers last fired. */
  stamps: string
  /** Nix's roots by link. */
  roots: string
  /** What a reboot would take. */
  run: readonly string[]
}

/**
 * The last of what is slipway's: all units of ours, the agent's too, and all folders but one of them,
 * and but that of what services took the place of, which was never slipway's. For a process of its own. The agent has taken
 * off its services before: while there are some, nothing is done.
 */
export async function leave(agent: Agent, kept: string | undefined, places?: LeftPlaces): Promise<void> {
  const services = await serviceNames(agent)
  if (services.length > 0) {
    throw failed(`it has services, which its agent alone can take off: ${services.join(', ')}`)
  }
  const { units, stamps, roots, run } = places ?? (await placesOf(agent))
  for (const folder of units) await removeUnits(agent, folder, stamps)
  // One that is part of NixOS' configuration is only stopped.
  await stop(agent, AGENT_UNIT)
  const { root, agents, adopted } = agent.places
  const stays = [adopted, agents, ...(kept === undefined ? [] : [join(root, kept)])]
  for (const name of await listFolder(roots)) {
    if ((await readLink(join(roots, name)))?.startsWith(`${root}/`))
      await agent.files.remove(join(roots, name))
  }
  for (const folder of run) await agent.files.remove(folder)
  // What runs this goes last: a run that is cut off can be made again.
  const paths = (await listFolder(root)).map((name) => join(root, name))
  for (const path of paths) if (!stays.includes(path)) await agent.files.remove(path)
  await agent.files.remove(agents)
  if ((await listFolder(root)).length === 0) await agent.files.remove(root)
}

async function placesOf(agent: Agent): Promise<LeftPlaces> {
  const { run, slotMarks, holdMarks } = agent.places
  const units = [await unitDir(agent), await persistentUnitDir(agent)]
  return {
    units: [...new Set(units)],
    stamps: '/var/lib/systemd/timers',
    roots: '/nix/var/nix/gcroots/auto',
    run: [run, slotMarks, holdMarks, SOCKETS_ROOT, join(dirname(run), AGENT_RUNTIME)],
  }
}

async function removeUnits(agent: Agent, folder: string, stamps: string): Promise<void> {
  for (const name of await listFolder(folder)) {
    const path = join(folder, name)
    const text = /\.(service|socket|timer|slice|mount)$/.test(name) ? await readText(path) : undefined
    if (!text?.startsWith(MARK)) continue
    await stop(agent, name)
    await disableUnit(agent, folder, name)
    await agent.files.remove(path)
    await agent.files.remove(join(stamps, `stamp-${name}`))
    await agent.systemd.daemonReload()
    await agent.systemd.resetFailed(name)
  }
}

async function stop({ systemd }: Agent, name: string): Promise<void> {
  const result = await systemd.stop(name)
  if (result !== 'done') throw failed(`${name} could not be stopped`, { why: `systemd says: ${result}` })
}

/** What a deployer's login runs, as root. Resolves to an exit code; why it failed goes to stderr. */
export async function leaveHere(kept: string | undefined): Promise<number> {
  const agent = createAgent()
  try {
    await leave(agent, kept)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof CallFailed ? failureText(error.failure) : String(error)}\n`)
    return 1
  } finally {
    agent.systemd.close()
  }
}
