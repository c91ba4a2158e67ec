import { parseArgs } from 'node:util'
import { agentPart } from './agent.js'
import { createCleanup } from './cleanup.js'
import { deploysPart } from './deploys.js'
import { firstPart } from './first.js'
import { growthPart } from './growth.js'
import { hostsPart } from './hosts.js'
import { machineText } from './machine.js'
import { measurementOf, takenText } from './measurement.js'
import type { Bench, Part } from './part.js'
import { revertsPart } from './reverts.js'
import { say } from './say.js'
import { type Stage, setStage } from './stage.js'
import { startPart } from './start.js'
import { trafficPart } from './traffic.js'

/** What can be measured by itself, in the order in which it is. */
const PARTS: Readonly<Record<string, Part>> = {
  start: startPart,
  deploys: deploysPart,
  first: firstPart,
  growth: growthPart,
  hosts: hostsPart,
  agent: agentPart,
  reverts: revertsPart,
  traffic: trafficPart,
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})
const unknown = positionals.find((part) => !Object.hasOwn(PARTS, part))
if (unknown !== undefined) {
  console.error(`There is no part '${unknown}', but ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
const cleanup = createCleanup()
let stage: Promise<Stage> | undefined
const openStage = () => {
  if (stage === undefined) say('booting a host')
  stage ??= setStage(cleanup)
  return stage
}

async function bench(names: readonly string[]): Promise<void> {
  const all = []
  for (const name of names) {
    const part = PARTS[name]
    if (part === undefined) continue
    const rounds = Number(process.env.BENCH_ROUNDS) || part.rounds
    const given: Bench = { stage: openStage, rounds, cleanup }
    const { taken, text } = await part.run(given)
    all.push(...taken.map(measurementOf))
    if (flags.json) continue
    console.log(`\n${name}: ${rounds} rounds in turns; medians\n\n${takenText(taken)}`)
    if (text !== undefined) console.log(`\n${text}`)
  }
  if (flags.json) console.log(JSON.stringify(all, null, 2))
  else console.log(`\n${await machineText(await stage)}`)
}

try {
  await bench(positionals.length > 0 ? positionals : Object.keys(PARTS))
} catch (error) {
  console.error(cleanup.signal.aborted ? 'stopped' : error)
  process.exitCode = 1
} finally {
  await cleanup.run()
}
