import type { Cleanup } from './cleanup.js'
import { deployModes, MODES, modeDomain, modeTitle } from './modes.js'
import { say } from './say.js'
import type { Stage } from './stage.js'
import { prepareStaticUpstreams, RELOAD_DOMAIN, RESTART_DOMAIN } from './static-upstreams.js'
import { LOAD_TEXT, measureSwitches, type Seen, type Switch } from './switches.js'
import { measureThroughput, type Throughput } from './throughput.js'
import { switchesText, throughputText } from './traffic-tables.js'

/** What a deploy does to requests, and what slipway's routes cost, beside what people do by hand. */
export async function benchTraffic(stage: Stage, rounds: number, cleanup: Cleanup): Promise<void> {
  const services = await deployModes(stage, cleanup)
  const byHand = await prepareStaticUpstreams(stage, services)

  const throughput: Record<string, Throughput[]> = {}
  for (const slot of ['blue', 'green']) {
    // The first releases are in blue; what follows goes to the other slot.
    if (slot === 'green') for (const mode of MODES) await services.deploy(mode)
    await byHand.lead(slot)
    throughput[slot] = await measureThroughput(stage, rounds, (mode) =>
      say(`throughput, ${modeTitle(mode)}, ${slot}`),
    )
  }
  console.log(throughputText(throughput))
  console.log(`\n${THROUGHPUT}\n`)

  const ways: Switch[] = [
    ...MODES.map((mode) => ({
      title: modeTitle(mode),
      domain: modeDomain(mode),
      run: () => services.deploy(mode),
    })),
    { title: 'systemctl restart', domain: RESTART_DOMAIN, run: byHand.restart },
    { title: 'nginx -s reload', domain: RELOAD_DOMAIN, run: byHand.reload },
  ]
  const seen: Seen[] = []
  for (const way of ways) {
    say(`deploys under load, ${way.title}`)
    seen.push(await measureSwitches(stage, way, rounds, cleanup))
  }
  console.log(switchesText(seen))
  console.log(`\n${SWITCHES}`)
}

const THROUGHPUT = `nginx → app: a server block with nothing in it but proxy_pass to the same instance; both ways take turns of
0.1 s; blue and green: the slot of the instance; load generator: what wrk used of a processor`
const SWITCHES = `${LOAD_TEXT};
systemctl restart: one instance behind a static upstream; nginx -s reload: its upstream rewritten, between two
instances that run; load generator: how much of the time it was at work; here it shares the processors with the
host and with whoever deploys`
