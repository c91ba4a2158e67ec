import { join } from 'node:path'
import { failed } from '../contract/failure.js'
import type { Agent } from './agent.js'
import { exists, readText } from './files.js'
import { persistentUnitDir } from './units-dir.js'

/** A timer of the agent's own, and the service that it starts. */
export interface TimerUnits {
  /** Of both units, without their kinds. */
  name: string
  /** The first line of both. */
  mark: string
  service: string
  timer: string
}

const TARGET = 'timers.target'

/**
 * Has a timer run, now and from the next boot on. Its units are written again whenever they differ; one that somebody has
 * masked stays so.
 */
export async function ensureTimer(agent: Agent, units: TimerUnits, at?: string): Promise<void> {
  const dir = at ?? (await persistentUnitDir(agent))
  const { name: unit, mark } = units
  const texts = { [`${unit}.service`]: units.service, [`${unit}.timer`]: units.timer }
  let changed = false
  for (const [name, text] of Object.entries(texts)) {
    const path = join(dir, name)
    const found = await readText(path)
    if (found === text) continue
    // systemctl(1) masks by a link to /dev/null.
    if (found === '') return
    if (found !== undefined && !found.split('\n').includes(mark)) {
      throw failed(`the host has ${path}, which slipway did not make`)
    }
    await agent.files.makeFolder(dir)
    await agent.files.write(path, text)
    changed = true
  }
  const wants = join(dir, `${TARGET}.wants`)
  const link = join(wants, `${unit}.timer`)
  if (!(await exists(link))) {
    await agent.files.makeFolder(wants)
    await agent.files.link(`../${unit}.timer`, link)
    changed = true
  }
  if (!changed) return
  await agent.systemd.daemonReload()
  const result = await agent.systemd.start(`${unit}.timer`)
  if (result !== 'done')
    throw failed(`${unit}.timer could not be started`, { why: `systemd says: ${result}` })
}
