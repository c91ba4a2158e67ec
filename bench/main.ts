import { type Cleanup, createCleanup } from './cleanup.js'
import { benchDeploys } from './deploys.js'
import { machineText } from './machine.js'
import { benchReverts } from './reverts.js'
import { say } from './say.js'
import { SLIPWAY, type Stage, setStage } from './stage.js'
import { benchTraffic } from './traffic.js'

/** What can be measured by itself, in the order in which it is. */
const PARTS: Readonly<Record<string, (stage: Stage, rounds: number, cleanup: Cleanup) => Promise<void>>> = {
  deploys: benchDeploys,
  reverts: benchReverts,
  traffic: benchTraffic,
}

/** Medians of fewer say little. */
const LEAST_ROUNDS = 5
const ROUNDS = Math.max(LEAST_ROUNDS, Number(process.env.BENCH_ROUNDS ?? 0) || LEAST_ROUNDS)

async function bench(parts: readonly string[], cleanup: Cleanup): Promise<void> {
  say('booting a host')
  const stage = await setStage(cleanup)
  await stage.run(stage.app.folder, ['node', SLIPWAY, 'setup', 'web'])
  console.log(`${await machineText(stage)}\nrounds   ${ROUNDS}, in turns; medians`)
  for (const part of parts) {
    console.log(`\n${part}\n`)
    await PARTS[part]?.(stage, ROUNDS, cleanup)
  }
}

const asked = process.argv.slice(2)
const unknown = asked.find((part) => !Object.hasOwn(PARTS, part))
if (unknown !== undefined) {
  console.error(`There is no part '${unknown}', but ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
const cleanup = createCleanup()
try {
  await bench(asked.length > 0 ? asked : Object.keys(PARTS), cleanup)
} catch (error) {
  console.error(cleanup.signal.aborted ? 'stopped' : error)
  process.exitCode = 1
} finally {
  await cleanup.run()
}
