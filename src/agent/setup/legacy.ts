import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import { SETUP_CHANGE } from '../../contract/setup.js'
import type { Agent } from '../agent.js'
import { exists, listFolder, readText } from '../files.js'
import { disableUnit } from '../services/units.js'
import { persistentUnitDir } from '../units-dir.js'
import type { Changes } from './changes.js'

/** The unit by which the shell program of 0.1 put back at boot what a crash had left. */
const RECOVER = 'slipway-recover.service'
/** Its units for certificates; the agent has its own, of the same names. */
const CERTIFICATES = ['slipway-certificates.timer', 'slipway-certificates.service'] as const
/** Locks of its, by which it kept others out. */
const LOCKS = ['lock', '.lock', '.nginx', 'access/.lock', 'certificates/.lock']

/**
 * Takes away the shell program of 0.1. What it serves is left alone. Fails where an activation of its has not ended: only
 * it knows how to put back what was there.
 */
export async function retireShellProgram(agent: Agent, { change }: Changes, units?: string): Promise<void> {
  const { root, guards } = agent.places
  const program = join(root, 'host')
  const old = await oldGuards(agent)
  const unfinished = old.find(({ ended }) => !ended)
  if (unfinished !== undefined) {
    throw failed('an activation of slipway 0.1 has not ended', {
      why: `${unfinished.what}. Only the program that began it can put back what was there.`,
      next: `Wait until it has ended, or end it now, as root on the host: systemctl start ${RECOVER}. Then run setup again.`,
    })
  }
  if ((await listFolder(program)).length === 0 || !change(SETUP_CHANGE.legacy)) return
  await removeUnits(agent, program, units ?? (await persistentUnitDir(agent)))
  for (const { id } of old) await agent.files.remove(join(guards, id))
  for (const name of LOCKS) await agent.files.remove(join(root, name))
  // Last: while it is there, all this is done again.
  await agent.files.remove(program)
}

/** What the shell program has on record of activations: it alone wrote a `request`. */
async function oldGuards({ places }: Agent): Promise<{ id: string; ended: boolean; what: string }[]> {
  const found = await Promise.all(
    (await listFolder(places.guards)).map(async (id) => {
      const dir = places.guard(id)
      if (!(await exists(join(dir, 'request')))) return []
      const what = ((await readText(join(dir, 'what'))) ?? '').trim()
      return [
        { id, ended: await exists(join(dir, 'ended')), what: what || `What it is (${id}) is not on record` },
      ]
    }),
  )
  return found.flat()
}

async function removeUnits(agent: Agent, program: string, at: string): Promise<void> {
  const service = await readText(join(at, 'slipway-certificates.service'))
  const names = [RECOVER, ...(service?.includes(`${program}/`) ? CERTIFICATES : [])]
  for (const name of names) {
    await agent.systemd.stop(name)
    await disableUnit(agent, at, name)
    await agent.files.remove(join(at, name))
  }
  await agent.systemd.daemonReload()
}
