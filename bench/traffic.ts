import type { Taken } from './measurement.js'
import { deployModes, MODES, modeDomain, modeTitle } from './modes.js'
import type { Part } from './part.js'
import { say } from './say.js'
import { prepareStaticUpstreams, RELOAD_DOMAIN, RESTART_DOMAIN } from './static-upstreams.js'
import { LOAD_TEXT, measureSwitches, type Seen, type Switch } from './switches.js'
import { measureThroughput, type Throughput } from './throughput.js'
import { switchesText, throughputText } from './traffic-tables.js'

/** What a deploy does to requests, and what slipway's routes cost, beside what people do by hand. */
export const trafficPart: Part = {
  rounds: 5,
  run: async ({ stage: open, rounds, cleanup }) => {
    const stage = await open()
    const services = await deployModes(stage, cleanup)
    const byHand = await prepareStaticUpstreams(stage, services)

    const throughput: Record<string, Throughput[]> = {}
    for (const slot of ['blue', 'green']) {
      // The first releases are in blue; what follows goes to the other slot.
      if (slot === 'green') for (const mode of MODES) await services.deploy(mode)
      await byHand.lead(slot)
      throughput[slot] = await measureThroughput(stage, rounds, ({ mode, beside }) =>
        say(`throughput, ${modeTitle(mode)} beside ${beside}, ${slot}`),
      )
    }
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
    return {
      taken: [
        ...Object.entries(throughput).flatMap(([slot, all]) => all.map((one) => throughputTaken(slot, one))),
        ...seen.flatMap(switchesTaken),
      ],
      text: [throughputText(throughput), THROUGHPUT, switchesText(seen), SWITCHES].join('\n\n'),
    }
  },
}

function throughputTaken(slot: string, { mode, beside, atLeast, runs }: Throughput): Taken {
  return {
    what: `requests, ${modeTitle(mode)}, ${slot}`,
    distance: 'near',
    unit: 'perSecond',
    values: runs.map(({ slipway }) => slipway),
    against: {
      what: beside,
      values: runs.map(({ other }) => other),
      atLeast,
    },
  }
}

function switchesTaken({ title, took, deploys }: Seen): Taken[] {
  return [
    { what: `under load, ${title}`, distance: 'near', values: took },
    {
      what: `failed requests a deploy, ${title}`,
      distance: 'near',
      unit: 'times',
      values: [deploys.all.failed / took.length],
    },
  ]
}

const THROUGHPUT = `nginx → app: a server block with nothing in it but proxy_pass to the same instance; both ways take turns of
0.1 s; blue and green: the slot of the instance; load generator: what wrk used of a processor`
const SWITCHES = `${LOAD_TEXT};
systemctl restart: one instance behind a static upstream; nginx -s reload: its upstream rewritten, between two
instances that run; load generator: how much of the time it was at work; here it shares the processors with the
host and with whoever deploys`
