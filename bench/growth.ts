import { labHost } from '../test/lab/host.js'
import { NIXPKGS, type Project, project } from '../test/lab/project.js'
import { newMessage } from './changes.js'
import { type Cost, costOf } from './cpu.js'
import { interleave, type Variant } from './measure.js'
import type { Taken } from './measurement.js'
import type { Bench, Part } from './part.js'
import { say } from './say.js'
import { HOST_NAMES, SLIPWAY, type Stage } from './stage.js'

/** How many sites a host has. */
const SIZES = [1, 100]
/** With so many times the sites, a plan may take so many times as long. */
const MOST_PLAN_RATIO = 2.5
/** The same for a deploy of one of them. */
const MOST_DEPLOY_RATIO = 1.5

/** A project of many sites, on a host of its own. */
interface Sites {
  size: number
  project: Project
  /** What the first deploy of all took, built before. */
  first: number
}

/** What more sites on a host cost. */
export const growthPart: Part = {
  rounds: 5,
  run: async (bench) => {
    const stage = await bench.stage()
    const all: Sites[] = []
    for (const size of SIZES) all.push(await deploySites(bench, stage, size))
    const cpu = new Map<string, number[]>()
    const variants = all.flatMap(({ size, project: sites }) =>
      Object.entries(variantsOf(stage, sites)).map(([name, { run, before }]): [string, Variant] => [
        `${name} ${size}`,
        {
          ...(before && { before }),
          run: async () => {
            const { cpuMs } = await run()
            cpu.set(`${name} ${size}`, [...(cpu.get(`${name} ${size}`) ?? []), cpuMs])
          },
        },
      ]),
    )
    const times = await interleave(Object.fromEntries(variants), bench.rounds, (round) =>
      say(`growth, round ${round} of ${bench.rounds}`),
    )
    const taken = all.flatMap(({ size, first }): Taken[] => [
      { what: `first deploy, ${sitesText(size)}`, distance: 'near', values: [first] },
      ...NAMES.flatMap(({ name, what, atMost }): Taken[] => {
        const values = times[`${name} ${size}`] ?? []
        const small = times[`${name} ${SIZES[0]}`] ?? []
        const against = size === SIZES[0] ? undefined : { what: sitesText(SIZES[0]), values: small, atMost }
        // The first round is not counted.
        const used = (cpu.get(`${name} ${size}`) ?? []).slice(1)
        return [
          { what: `${what}, ${sitesText(size)}`, distance: 'near', values, ...(against && { against }) },
          { what: `${what}, ${sitesText(size)}`, distance: 'near', unit: 'cpuMs', values: used },
        ]
      }),
    ])
    return { taken }
  },
}

const NAMES = [
  { name: 'plan', what: 'plan, nothing changed', atMost: MOST_PLAN_RATIO },
  { name: 'one', what: 'deploy of one', atMost: MOST_DEPLOY_RATIO },
] as const

function sitesText(size = 0): string {
  return size === 1 ? '1 site' : `${size} sites`
}

interface Costed {
  before?: () => Promise<void>
  run(): Promise<Cost>
}

function variantsOf(stage: Stage, sites: Project): Record<'plan' | 'one', Costed> {
  const slipway = (...words: string[]) => costOf(stage, sites.folder, ['node', SLIPWAY, ...words])
  return {
    plan: { run: () => slipway('plan') },
    one: {
      before: () => sites.write('message', newMessage()),
      run: () => slipway('deploy', 'site0'),
    },
  }
}

async function deploySites({ cleanup: { later } }: Bench, stage: Stage, size: number): Promise<Sites> {
  say(`growth: first deploy of ${sitesText(size)}`)
  const host = await labHost(`${HOST_NAMES}${process.pid}-s${size}`, later)
  const sites = await project('test/fixtures/app', later)
  await sites.write('sites.nix', SITES)
  await sites.write('slipway.config.ts', configText(host.name, size))
  await sites.write('message', newMessage())
  await sites.commit()
  const slipway = (...words: string[]) => costOf(stage, sites.folder, ['node', SLIPWAY, ...words])
  await slipway('setup', 'web')
  await slipway('build')
  const { ms } = await slipway('deploy')
  return { size, project: sites, first: ms }
}

/** Sites by number; only the first changes with the message. */
const SITES = `{ pkgs ? import <nixpkgs> { } }:
let
  message = builtins.readFile ./message;
  site = number: pkgs.runCommand "site-\${toString number}" { text = if number == 0 then message else ""; } ''
    mkdir $out
    echo "\${toString number} $text" >$out/index.html
  '';
in
builtins.listToAttrs (
  builtins.genList (number: { name = "site\${toString number}"; value = site number; }) ${Math.max(...SIZES)}
)
`

function configText(host: string, size: number): string {
  return `import { defineConfig, site } from 'slipway'

const names = Array.from({ length: ${size} }, (_, number) => \`site\${number}\`)
export default defineConfig({
  hosts: { web: 'rehearse:${host}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: Object.fromEntries(
    names.map((name) => [
      name,
      site({ package: { file: './sites.nix', attr: name }, routes: [\`http://\${name}.example.test\`] }),
    ]),
  ),
})
`
}
