import assert from 'node:assert/strict'
import { fields } from '../test/lab/project.js'
import { answerByHand, deployByHand, prepareByHand } from './by-hand.js'
import { interleave, type Variant } from './measure.js'
import { phaseTimes, traceDeploy, traceFile } from './phases.js'
import { say } from './say.js'
import { configName, type Distance, ROUND_TRIP_MS, SLIPWAY, type Stage } from './stage.js'
import { comparisonText, phasesText } from './tables.js'

/** Starting a program is quick to measure, and noisy: this many times the rounds. */
const START_ROUNDS = 4

/** A deploy that also checks, and can be taken back, may cost this much more than one that does neither. */
const MOST_DEPLOY_RATIO = 1.3
/** What a command line tool written for Node may add to Node's own start. */
const MOST_START_RATIO = 2.5

const DOMAIN = 'app.example.test'

/** How long deploys take, beside the same by hand. */
export async function benchDeploys(stage: Stage, rounds: number): Promise<void> {
  await prepareByHand(stage)
  const starts = await interleave(startVariants(stage), START_ROUNDS * rounds, () => {})
  const times = await interleave(deployVariants(stage), rounds, (round) => say(`round ${round} of ${rounds}`))
  console.log(
    comparisonText([
      {
        what: 'redeploy',
        times: times.slipwayNear,
        against: { what: 'by hand', times: times.handNear, atMost: MOST_DEPLOY_RATIO },
      },
      {
        what: `redeploy, ${ROUND_TRIP_MS} ms away`,
        times: times.slipwayDistant,
        against: { what: 'by hand', times: times.handDistant, atMost: MOST_DEPLOY_RATIO },
      },
      { what: 'nothing changed', times: times.unchangedNear },
      { what: `nothing changed, ${ROUND_TRIP_MS} ms away`, times: times.unchangedDistant },
      { what: 'rollback', times: times.rollback },
      {
        what: '--help',
        times: starts.help,
        against: { what: 'node -e 0', times: starts.node, atMost: MOST_START_RATIO },
      },
    ]),
  )
  console.log(`\n${BY_HAND}\n`)

  const traces = { near: [], distant: [] } as Record<Distance, Awaited<ReturnType<typeof traceDeploy>>[]>
  for (let round = 1; round <= rounds; round += 1) {
    say(`trace ${round} of ${rounds}`)
    for (const distance of ['near', 'distant'] as const) {
      await change(stage.app)
      traces[distance].push(await traceDeploy(stage, distance, traceFile(stage.app.folder)))
    }
  }
  console.log('where the time of a redeploy goes (phases overlap)')
  console.log(phasesText({ near: phaseTimes(traces.near), distant: phaseTimes(traces.distant) }))
}

const BY_HAND =
  'by hand: nix-build, nix copy, ssh systemctl restart; it does not look whether the service works'

function startVariants(stage: Stage) {
  const run = (...words: string[]): Variant => ({
    run: async () => {
      await stage.run(stage.app.folder, words)
    },
  })
  return { node: run('node', '-e', '0'), help: run('node', SLIPWAY, '--help') }
}

function deployVariants(stage: Stage) {
  const slipwayDeploys = (distance: Distance): Variant => {
    let expected = ''
    return {
      before: async () => {
        expected = await change(stage.app)
      },
      run: () => slipway(stage, 'deploy', '--config', configName(distance)),
      after: async () => serves(expected, (await stage.host.get(DOMAIN, '/')).body),
    }
  }
  const handDeploys = (distance: Distance): Variant => {
    let expected = ''
    return {
      before: async () => {
        expected = await change(stage.manual)
      },
      run: () => deployByHand(stage, distance),
      after: async () => serves(expected, await answerByHand(stage)),
    }
  }
  return {
    slipwayNear: slipwayDeploys('near'),
    handNear: handDeploys('near'),
    slipwayDistant: slipwayDeploys('distant'),
    handDistant: handDeploys('distant'),
    unchangedNear: { run: () => slipway(stage, 'deploy') },
    unchangedDistant: { run: () => slipway(stage, 'deploy', '--config', configName('distant')) },
    rollback: { run: () => slipway(stage, 'rollback') },
  }
}

/** The test service's package becomes another one. Returns what it says now. */
async function change(project: Stage['app']): Promise<string> {
  changes += 1
  const message = `message ${changes} of ${process.pid} at ${Date.now()}`
  await project.write('message', `${message}\n`)
  return message
}

let changes = 0

function serves(expected: string, body: string): void {
  assert.equal(fields(body).message, expected, 'the new release serves')
}

async function slipway(stage: Stage, ...words: string[]): Promise<void> {
  await stage.run(stage.app.folder, ['node', SLIPWAY, ...words])
}
