import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_UNIT } from '../src/contract/paths.js'
import { hostCpuMs } from './cpu.js'
import type { Part } from './part.js'
import { say } from './say.js'
import { configName, DISTANCES, SLIPWAY, type Stage } from './stage.js'

/** How long an agent is left alone while it is watched. */
const IDLE_MS = 30_000
/** What it may use meanwhile: MB of memory, and hundredths of a processor. */
const MOST_MB = 75
const MOST_PERCENT = 0.2

/** How quickly an agent reports, and what it costs where nobody asks it anything. */
export const agentPart: Part = {
  rounds: 5,
  run: async ({ stage: open, rounds }) => {
    const stage = await open()
    await stage.run(stage.app.folder, ['node', SLIPWAY, 'deploy'])
    const reports = { near: [] as number[], distant: [] as number[] }
    for (let round = 0; round <= rounds; round += 1) {
      say(`agent, round ${round} of ${rounds}`)
      for (const distance of DISTANCES) {
        const took = await reportMs(stage, configName(distance))
        if (round > 0) reports[distance].push(took)
      }
    }
    const memory: number[] = []
    const processor: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      say(`agent, idle ${round} of ${rounds}`)
      const before = await hostCpuMs(stage.host, `system.slice/${AGENT_UNIT}`)
      const began = performance.now()
      await sleep(IDLE_MS)
      const used = (await hostCpuMs(stage.host, `system.slice/${AGENT_UNIT}`)) - before
      processor.push((100 * used) / (performance.now() - began))
      memory.push(await memoryMb(stage))
    }
    const limit = (most: number) => ({ what: 'limit', values: [most], atMost: 1 })
    return {
      taken: [
        ...DISTANCES.map((distance) => ({
          what: 'report, as the deployer sees it',
          ...{ distance, values: reports[distance] },
        })),
        {
          what: 'agent, idle: memory',
          distance: 'near',
          unit: 'mb',
          values: memory,
          against: limit(MOST_MB),
        },
        {
          what: 'agent, idle: processor',
          ...{ distance: 'near', unit: 'percent', values: processor, against: limit(MOST_PERCENT) },
        },
      ],
    }
  },
}

/** How long slipway waits for a report. */
async function reportMs(stage: Stage, config: string): Promise<number> {
  let took = Number.NaN
  const words = ['node', SLIPWAY, 'plan', '--config', config]
  await stage.follow(stage.app.folder, words, { SLIPWAY_DEBUG: '1' }, (line) => {
    const [, ms] = /^call [^:]*: report \((\d+) ms\)$/.exec(line) ?? []
    if (ms !== undefined) took = Number(ms)
  })
  return took
}

/** What the agent's process has in memory. */
async function memoryMb({ host }: Stage): Promise<number> {
  const kb = await host.run(
    `sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$(systemctl show -P MainPID ${AGENT_UNIT})/status`,
  )
  return Number(kb) / 1024
}
