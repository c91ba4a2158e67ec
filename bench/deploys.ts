import assert from 'node:assert/strict'
import { fields } from '../test/lab/project.js'
import { answerByHand, buildByHand, deployByHand, prepareByHand } from './by-hand.js'
import { newMessage } from './changes.js'
import { interleave, type Variant } from './measure.js'
import type { Taken } from './measurement.js'
import type { Part } from './part.js'
import { phaseTimes, traceDeploy } from './phases.js'
import { prepareProfiles, profileVariants } from './profiles.js'
import { say } from './say.js'
import { configName, DISTANCES, type Distance, SLIPWAY, type Stage } from './stage.js'
import { phasesText } from './tables.js'
import { keyVariants } from './with-key.js'

/** What deploys that also check, and can be taken back, may cost beside those that do neither. */
const MOST_RATIO: Record<Distance, Record<'service' | 'profile' | 'system', number>> = {
  near: { service: 1.15, profile: 1.45, system: 1.4 },
  // By hand there are two logins, one after the other.
  distant: { service: 0.85, profile: 1.3, system: 1.3 },
}

const DOMAIN = 'app.example.test'

/** How long deploys take, beside the same by hand. */
export const deploysPart: Part = {
  rounds: 9,
  run: async ({ stage: open, rounds, cleanup }) => {
    const stage = await open()
    await prepareByHand(stage)
    await prepareProfiles(stage)
    const variants = Object.fromEntries([
      ...DISTANCES.flatMap((distance) =>
        Object.entries(deployVariants(stage, distance)).map(([name, variant]): [string, Variant] => [
          nameOf(name, distance),
          variant,
        ]),
      ),
      ...Object.entries(await keyVariants(cleanup)),
    ])
    const times = await interleave(variants, rounds, (round) => say(`deploys, round ${round} of ${rounds}`))
    const taken = DISTANCES.flatMap((distance) =>
      takenAt(distance, (name) => times[nameOf(name, distance)] ?? []),
    )
    taken.push({
      what: 'redeploy with a key, for which the host builds',
      distance: 'near',
      values: times.withKey ?? [],
      against: { what: 'as root', values: times.asRoot ?? [] },
    })
    return { taken, text: `${BY_HAND}\n\n${await phases(stage, rounds)}` }
  },
}

const BY_HAND =
  'by hand: nix-build, nix copy, ssh systemctl restart (or the activation): none looks whether it works'

function nameOf(variant: string, distance: Distance): string {
  return `${variant} ${distance}`
}

function takenAt(distance: Distance, values: (name: string) => number[]): Taken[] {
  const most = MOST_RATIO[distance]
  const taken = (what: string, name: string, kind?: keyof typeof most): Taken => ({
    ...{ what, distance, values: values(name) },
    ...(kind !== undefined && {
      against: { what: 'by hand', values: values(byHandOf(name)), atMost: most[kind] },
    }),
  })
  return [
    taken('redeploy', 'redeploy', 'service'),
    taken('redeploy, built before', 'prebuilt', 'service'),
    taken('nothing changed', 'unchanged'),
    taken('plan, nothing changed', 'plan'),
    taken('rollback', 'rollback'),
    taken('--deploy-rs, a profile', 'profile', 'profile'),
    taken('--deploy-rs, a system', 'system', 'system'),
  ]
}

function byHandOf(name: string): string {
  return `${name}ByHand`
}

function deployVariants(stage: Stage, distance: Distance): Record<string, Variant> {
  const config = ['--config', configName(distance)]
  const slipway = async (...words: string[]) => {
    await stage.run(stage.app.folder, ['node', SLIPWAY, ...words, ...config])
  }
  const redeploy = (build?: () => Promise<void>): Variant => {
    let expected = ''
    return {
      before: async () => {
        expected = await change(stage.app)
        await build?.()
      },
      run: () => slipway('deploy'),
      after: async () => serves(expected, (await stage.host.get(DOMAIN, '/')).body),
    }
  }
  const byHand = (build?: () => Promise<void>): Variant => {
    let expected = ''
    return {
      before: async () => {
        expected = await change(stage.manual)
        await build?.()
      },
      run: () => deployByHand(stage, distance),
      after: async () => serves(expected, await answerByHand(stage)),
    }
  }
  const [profile, profileByHand] = profileVariants(stage, 'home', distance)
  const [system, systemByHand] = profileVariants(stage, 'system', distance)
  return {
    redeploy: redeploy(),
    redeployByHand: byHand(),
    unchanged: { run: () => slipway('deploy') },
    plan: { run: () => slipway('plan') },
    prebuilt: redeploy(() => slipway('build')),
    prebuiltByHand: byHand(() => buildByHand(stage)),
    rollback: { run: () => slipway('rollback', 'app') },
    profile,
    profileByHand,
    system,
    systemByHand,
  }
}

/** Where the time of a redeploy goes. */
async function phases(stage: Stage, rounds: number): Promise<string> {
  const traces = { near: [], distant: [] } as Record<Distance, Awaited<ReturnType<typeof traceDeploy>>[]>
  for (let round = 1; round <= rounds; round += 1) {
    say(`trace ${round} of ${rounds}`)
    for (const distance of DISTANCES) {
      await change(stage.app)
      traces[distance].push(await traceDeploy(stage, distance))
    }
  }
  const found = { near: phaseTimes(traces.near), distant: phaseTimes(traces.distant) }
  return `where the time of a redeploy goes (phases overlap)\n${phasesText(found)}`
}

/** The test service's package becomes another one. Returns what it says now. */
async function change(project: Stage['app']): Promise<string> {
  const message = newMessage()
  await project.write('message', `${message}\n`)
  return message
}

function serves(expected: string, body: string): void {
  assert.equal(fields(body).message, expected, 'the new release serves')
}
