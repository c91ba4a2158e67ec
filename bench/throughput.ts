import assert from 'node:assert/strict'
import { join } from 'node:path'
import { childSeconds } from './cpu.js'
import { MODES, type Mode, modeDomain } from './modes.js'
import { REPOSITORY, type Stage } from './stage.js'
import { directDomain } from './static-upstreams.js'

/** How long both ways of a mode are measured in one round, in seconds. */
const SECONDS = 6
const CONNECTIONS = 50
/** Short answers: the less the service does, the more the way to it shows. */
const PATH = '/echo?number=1'
const TURNS = join(REPOSITORY, 'bench/turns.lua')

/** What one round has seen of a mode: requests a second through slipway's routes, and past them. */
export interface Run {
  slipway: number
  direct: number
  /** The share of a processor that the load generator used: near 1, it is what limits the rates. */
  generator: number
}

/** A mode's rounds. */
export interface Throughput {
  mode: Mode
  runs: Run[]
}

/** As many requests as go, through slipway's routes and past them in turns. A first round, not counted, warms caches. */
export async function measureThroughput(
  stage: Stage,
  rounds: number,
  onMode: (mode: Mode) => void,
): Promise<Throughput[]> {
  const result: Throughput[] = []
  for (const mode of MODES) {
    onMode(mode)
    const runs: Run[] = []
    for (let round = 0; round <= rounds; round += 1) runs.push(await runWrk(stage, mode))
    result.push({ mode, runs: runs.slice(1) })
  }
  return result
}

async function runWrk(stage: Stage, mode: Mode): Promise<Run> {
  const url = `http://${stage.host.address}${PATH}`
  const domains = [modeDomain(mode), directDomain(mode)].join(' ')
  const wrk = `wrk -t1 -c${CONNECTIONS} -d${SECONDS}s -s ${TURNS} "${url}" -- ${domains} && times`
  const output = await stage.run(REPOSITORY, ['sh', '-c', wrk])
  assert.match(output, /^failed: 0$/m, output)
  const [, ...turns] = (/^turns: (\d+) (\d+) in (\S+) (\S+)$/m.exec(output) ?? []).map(Number)
  const [slipway, direct, slipwaySeconds, directSeconds] = turns
  assert.ok(slipway && direct && slipwaySeconds && directSeconds, output)
  return {
    slipway: slipway / slipwaySeconds,
    direct: direct / directSeconds,
    generator: childSeconds(output) / (slipwaySeconds + directSeconds),
  }
}
