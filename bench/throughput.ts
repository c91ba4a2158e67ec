import assert from 'node:assert/strict'
import { inTurns } from './measure.js'
import { MODES, type Mode, modeDomain } from './modes.js'
import { REPOSITORY, type Stage } from './stage.js'
import { directDomain } from './static-upstreams.js'

/** How long one measurement lasts, in seconds. */
const SECONDS = 2
const CONNECTIONS = 50
/** Short answers: the less the service does, the more the way to it shows. */
const PATH = '/echo?number=1'

/** One way to the service, measured once. */
export interface Run {
  /** Requests a second. */
  rate: number
  /** What nginx took of a processor for each request, in microseconds. */
  nginx: number
  /** The share of a processor that the load generator used: near 1, it is what limits the rate. */
  generator: number
}

/** A mode's two ways, each measured several times. */
export interface Throughput {
  mode: Mode
  slipway: Run[]
  direct: Run[]
}

/** As many requests as go, through slipway's routes and past them in turns. */
export async function measureThroughput(
  stage: Stage,
  rounds: number,
  onMode: (mode: Mode) => void,
): Promise<Throughput[]> {
  const result: Throughput[] = []
  for (const mode of MODES) {
    onMode(mode)
    const domains = { slipway: modeDomain(mode), direct: directDomain(mode) }
    const runs = await inTurns(
      ['slipway', 'direct'] as const,
      rounds,
      () => {},
      (way) => runWrk(stage, domains[way]),
    )
    result.push({ mode, ...runs })
  }
  return result
}

async function runWrk(stage: Stage, domain: string): Promise<Run> {
  const url = `http://${stage.host.address}${PATH}`
  const wrk = `wrk -t1 -c${CONNECTIONS} -d${SECONDS}s -H "Host: ${domain}" "${url}" && times`
  const before = await nginxMicroseconds(stage)
  const output = await stage.run(REPOSITORY, ['sh', '-c', wrk])
  const used = (await nginxMicroseconds(stage)) - before
  assert.doesNotMatch(output, /Non-2xx|Socket errors/, domain)
  const [, requests, time] = /(\d+) requests in ([\d.]+)s/.exec(output) ?? []
  return {
    rate: Number(requests) / Number(time),
    nginx: used / Number(requests),
    generator: childSeconds(output) / Number(time),
  }
}

async function nginxMicroseconds({ host }: Stage): Promise<number> {
  return Number(await host.run('systemctl show nginx -p CPUUsageNSec --value')) / 1000
}

/** The second line that the shell's `times` prints: what its children used, in user and in system mode. */
function childSeconds(output: string): number {
  const [, userMinutes, user, systemMinutes, system] =
    /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(output)?.map(Number) ?? []
  assert.ok(
    userMinutes !== undefined && user !== undefined && systemMinutes !== undefined && system !== undefined,
  )
  return 60 * (userMinutes + systemMinutes) + user + system
}
