import { type LabHost, labHost } from '../test/lab/host.js'
import { NIXPKGS, type Project, project } from '../test/lab/project.js'
import { newMessage } from './changes.js'
import { costOf, hostsCpuDuring } from './cpu.js'
import { interleave, type Variant } from './measure.js'
import type { Taken } from './measurement.js'
import type { Part } from './part.js'
import { say } from './say.js'
import { HOST_NAMES, SLIPWAY, type Stage } from './stage.js'

const COUNTS = [1, 2, 4]

/** What runs cost, by what was measured: time, and what was used of processors here and on all hosts together. */
type Costs = Map<string, { ms: number[]; here: number[]; hosts: number[] }>

/** How long the same takes on several hosts, and what it costs at both ends. They share this machine's processors. */
export const hostsPart: Part = {
  rounds: 5,
  run: async ({ stage: open, rounds, cleanup: { later } }) => {
    const stage = await open()
    const hosts: LabHost[] = []
    for (let number = 1; number <= Math.max(...COUNTS); number += 1) {
      hosts.push(await labHost(`${HOST_NAMES}${process.pid}-h${number}`, later))
    }
    const app = await project('test/fixtures/app', later)
    await app.write('slipway.config.ts', configText(hosts))
    await app.commit()
    for (const { name } of hosts) await stage.run(app.folder, ['node', SLIPWAY, 'setup', name])
    const costs: Costs = new Map()
    const variants = COUNTS.flatMap((count) => variantsOf(stage, app, hosts.slice(0, count), costs))
    await interleave(Object.fromEntries(variants), rounds, (round) =>
      say(`hosts, round ${round} of ${rounds}`),
    )
    const taken = variants.flatMap(([what]): Taken[] => {
      const { ms = [], here = [], hosts: there = [] } = costs.get(what) ?? {}
      // The first round warms caches.
      const counted = (all: readonly number[]) => all.slice(1)
      return [
        { what, distance: 'near', values: counted(ms) },
        { what: `${what}: here`, distance: 'near', unit: 'cpuMs', values: counted(here) },
        { what: `${what}: on hosts`, distance: 'near', unit: 'cpuMs', values: counted(there) },
      ]
    })
    return { taken }
  },
}

function variantsOf(
  stage: Stage,
  app: Project,
  hosts: readonly LabHost[],
  costs: Costs,
): [what: string, variant: Variant][] {
  const words = hosts.flatMap(({ name }) => ['--host', name])
  const on = hosts.length === 1 ? 'on 1 host' : `on ${hosts.length} hosts`
  const deploys = (what: string, before?: () => Promise<void>): [string, Variant] => [
    what,
    {
      ...(before && { before }),
      run: async () => {
        const { ms, here, hosts: there } = costs.get(what) ?? { ms: [], here: [], hosts: [] }
        costs.set(what, { ms, here, hosts: there })
        const cpu = await hostsCpuDuring(hosts, async () => {
          const cost = await costOf(stage, app.folder, ['node', SLIPWAY, 'deploy', ...words])
          ms.push(cost.ms)
          here.push(cost.cpuMs)
        })
        there.push(cpu)
      },
    },
  ]
  return [deploys(`deploy ${on}`, () => app.write('message', newMessage())), deploys(`nothing changed ${on}`)]
}

function configText(hosts: readonly LabHost[]): string {
  const entries = hosts.map(({ name }) => `'${name}': 'rehearse:${name}'`)
  return `import { defineConfig, service } from 'slipway'

export default defineConfig({
  hosts: { ${entries.join(', ')} },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: {
    app: service({
      package: { file: './default.nix' },
      hosts: [${hosts.map(({ name }) => `'${name}'`).join(', ')}],
      listen: 'port',
      health: { path: '/health' },
      routes: ['http://app.example.test'],
    }),
  },
})
`
}
