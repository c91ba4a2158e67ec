import { setTimeout as sleep } from 'node:timers/promises'
import type { GuardSettings } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { exists, leadsSomewhere } from '../files.js'
import { SYSTEM_PLACES, type SystemPlaces } from '../systems/places.js'
import { SWITCH } from '../systems/profile.js'
import { type EscalationSettings, nextOf, type Stage, toRestart, unitPatterns } from './decide.js'
import { answering, peersOf } from './peers.js'

/** How often the network is looked for. */
const POLL_MS = 500
/** How long units may take to be restarted: one that hangs must not keep the host from what helps. */
const RESTART_MS = 90_000
/** How long the boot loader may take to be written. */
const BOOT_MS = 120_000
/** Shuts the host down and boots it. */
const REBOOT_TARGET = 'reboot.target'

export interface Escalation {
  guardDir: string
  settings: GuardSettings
  /** Whether the deployer has been here again since what was there was put back. */
  seen(): boolean
}

/**
 * When putting back what was there does not bring the network back: its units are restarted, then the host is
 * rebooted. Called once something was put back. Does nothing unless the settings ask for it.
 */
export async function escalate(
  agent: Agent,
  { guardDir, settings, seen }: Escalation,
  places: SystemPlaces = SYSTEM_PLACES,
): Promise<void> {
  if (settings.escalate === null) return
  const peers = await peersOf(agent, guardDir)
  const isBack = async () => seen() || !(await exists(guardDir)) || (await answering(agent, peers)).length > 0
  let stage: Stage = 'reverted'
  let began = performance.now()
  for (;;) {
    const waitedMs = performance.now() - began
    switch (nextOf(settings.escalate, { stage, waitedMs, isBack: await isBack() })) {
      case 'end':
        return
      case 'wait':
        await sleep(POLL_MS)
        break
      case 'restart':
        await restartUnits(agent, settings.escalate)
        stage = 'restarted'
        began = performance.now()
        break
      case 'reboot':
        return reboot(agent, places)
    }
  }
}

async function restartUnits(agent: Agent, settings: EscalationSettings): Promise<void> {
  try {
    const units = toRestart(await agent.systemd.list(unitPatterns(settings)))
    if (units.length === 0) return
    agent.log.warning(`the network is not back: restarting ${units.join(' ')}`)
    const signal = AbortSignal.timeout(RESTART_MS)
    const results = await Promise.allSettled(units.map((unit) => agent.systemd.restart(unit, { signal })))
    units.forEach((unit, index) => {
      const result = results[index]
      if (result?.status === 'fulfilled' && result.value === 'done') return
      const why = result?.status === 'fulfilled' ? result.value : result?.reason
      agent.log.warning(`${unit} could not be restarted: ${why}`)
    })
  } catch (error) {
    // A reboot may still help.
    agent.log.warning(`the network's units could not be restarted: ${error}`)
  }
}

async function reboot(agent: Agent, places: SystemPlaces): Promise<void> {
  agent.log.warning('the network is not back: rebooting')
  // What was booted could be reached.
  const program = `${places.booted}/${SWITCH}`
  if (await leadsSomewhere(program)) {
    const ended = await agent.run([program, 'boot'], { timeoutMs: BOOT_MS })
    if (ended.code !== 0)
      agent.log.warning(`${program} boot: ${ended.stderr.trim() || 'it did not end well'}`)
  }
  await agent.systemd.startNoWait(REBOOT_TARGET)
}
