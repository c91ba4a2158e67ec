import assert from 'node:assert/strict'
import { join } from 'node:path'
import { childSeconds } from './cpu.js'
import { MODES, type Mode, modeDomain, modeTitle } from './modes.js'
import { REPOSITORY, type Stage } from './stage.js'
import { directDomain } from './static-upstreams.js'

/** How long both ways of a mode are measured in one round, in seconds. */
const SECONDS = 6
const CONNECTIONS = 50
/** Short answers: the less the service does, the more the way to it shows. */
const PATH = '/echo?number=1'
const TURNS = join(REPOSITORY, 'bench/turns.lua')

/** What a mode's service is measured beside. */
export interface Comparison {
  mode: Mode
  /** The other one's domain, and how it is shown. */
  domain: string
  beside: string
  /** The share of the other one's throughput that has to be left. */
  atLeast: number
}

/** Each mode beside a bare nginx before the same instance; and what a network of its own costs. */
export const COMPARISONS: readonly Comparison[] = [
  ...MODES.map((mode) => ({ mode, domain: directDomain(mode), beside: 'nginx → app', atLeast: 0.85 })),
  { mode: 'network', domain: modeDomain('port'), beside: modeTitle('port'), atLeast: 0.9 },
]

/** What one round has seen: requests a second to the mode's service, and to what it is measured beside. */
export interface Run {
  slipway: number
  other: number
  /** The share of a processor that the load generator used: near 1, it is what limits the rates. */
  generator: number
}

/** The rounds of a comparison. */
export interface Throughput extends Comparison {
  runs: Run[]
}

/** As many requests as go, to one and the other in turns. A first round, not counted, warms caches. */
export async function measureThroughput(
  stage: Stage,
  rounds: number,
  onComparison: (comparison: Comparison) => void,
): Promise<Throughput[]> {
  const result: Throughput[] = []
  for (const comparison of COMPARISONS) {
    onComparison(comparison)
    const runs: Run[] = []
    for (let round = 0; round <= rounds; round += 1) runs.push(await runWrk(stage, comparison))
    result.push({ ...comparison, runs: runs.slice(1) })
  }
  return result
}

async function runWrk(stage: Stage, { mode, domain }: Comparison): Promise<Run> {
  const url = `http://${stage.host.address}${PATH}`
  const domains = [modeDomain(mode), domain].join(' ')
  const wrk = `wrk -t1 -c${CONNECTIONS} -d${SECONDS}s -s ${TURNS} "${url}" -- ${domains} && times`
  const output = await stage.run(REPOSITORY, ['sh', '-c', wrk])
  assert.match(output, /^failed: 0$/m, output)
  const [, ...turns] = (/^turns: (\d+) (\d+) in (\S+) (\S+)$/m.exec(output) ?? []).map(Number)
  const [slipway, other, slipwaySeconds, otherSeconds] = turns
  assert.ok(slipway && other && slipwaySeconds && otherSeconds, output)
  return {
    slipway: slipway / slipwaySeconds,
    other: other / otherSeconds,
    generator: childSeconds(output) / (slipwaySeconds + otherSeconds),
  }
}
