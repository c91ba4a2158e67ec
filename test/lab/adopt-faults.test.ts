import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { allOf, handedBack, hostByHand, lookAt, moveOver, page, sign, writeConfig } from './by-hand.js'
import { cleanups } from './cleanups.js'
import { CRASHES, FAULTS, isIn, namedSteps, partOf, stopAt, untilStopped } from './faults.js'
import type { LabHost } from './host.js'
import type { Project } from './project.js'

/** Where a hand-over that goes well is hurt, and one that fails while it is taken back. */
const STEPS = [
  ...[
    'adopt',
    'adopt-hold',
    'adopt-routes',
    'adopt-unit',
    'adopt-state',
    'start',
    'health',
    'switch',
    'verify',
  ],
  ...['undo-adopt-stop', 'undo-adopt-state', 'undo-adopt-unit', 'undo-adopt-routes'],
]
/** Into how many parts all faults fall. */
const PARTS = 6
const part = partOf(PARTS)

/** At these the new release has the requests. */
const SERVES = new Set(['verify'])

for (const [at, [kind, hurt]] of Object.entries(CRASHES).entries()) {
  describe(`a hand-over that is hurt: ${kind}`, () => {
    const after = cleanups()
    let host: LabHost
    let app: Project
    let found = ''
    let untouched = ''

    before(async () => {
      ;({ host, app } = await hostByHand(`t-adopt-${kind.replace(' ', '-')}`, after))
      found = await lookAt(host, app)
      untouched = await allOf(host)
    })

    it('is hurt at each of its steps', async () => {
      const named = await namedSteps('adopt')
      assert.ok(named.length > 0)
      assert.deepEqual(
        named.filter((step) => !STEPS.includes(step) && !STEPS.includes(`undo-${step}`)),
        [],
      )
    })

    for (const step of STEPS.filter((_step, index) => isIn(part, index + at))) {
      it(`leaves all as it was by hand, with what was written: at ${step}`, async () => {
        await writeConfig(app, found, !step.startsWith('undo-'))
        const words = [`before ${kind} at ${step}.`]
        assert.equal(await sign(host, words[0] ?? ''), '303')
        await stopAt(host, step)
        const moving = app.start(...moveOver(host), '--wait')
        await untilStopped(host)
        if (SERVES.has(step)) {
          words.push(`meanwhile, ${kind}.`)
          assert.equal(await sign(host, words[1] ?? ''), '303')
        }
        await hurt(host, step)
        await handedBack(host)
        const { all } = await moving
        assert.equal(await allOf(host), untouched, all)
        const shown = await page(host)
        for (const word of words) assert.ok(shown.includes(word), `${word}\n${all}\n${shown}`)
        await host.run(`rm -rf ${FAULTS}`)
      })
    }
  })
}
