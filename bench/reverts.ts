import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Part } from './part.js'
import { say } from './say.js'
import { configName, SLIPWAY, type Stage } from './stage.js'

/** How soon the release from before is to serve again once a check of the new one has failed, in milliseconds. */
const MOST_REVERT_MS = 1000

/** A release that is well by itself, but not behind nginx, as is found once it serves. */
const BAD = `env: { HEALTH_THROUGH_NGINX: '500' },`

/** How long it takes until the old release serves again, from the check that fails after the switch. */
export const revertsPart: Part = {
  rounds: 5,
  run: async ({ stage: open, rounds }) => {
    const stage = await open()
    await stage.run(stage.app.folder, ['node', SLIPWAY, 'deploy'])
    const config = configName('near')
    const good = await readFile(join(stage.app.folder, config), 'utf8')
    await stage.app.write(config, good.replace("listen: 'port',", `listen: 'port', ${BAD}`))
    const values: number[] = []
    try {
      for (let round = 1; round <= rounds; round += 1) {
        say(`reverts, round ${round} of ${rounds}`)
        values.push(await failingDeploy(stage))
      }
    } finally {
      await stage.app.write(config, good)
    }
    const against = { what: 'limit', values: [MOST_REVERT_MS], atMost: 1 }
    return { taken: [{ what: 'failed check → old release', distance: 'near', values, against }] }
  },
}

/** Milliseconds between what the host tells: that the new release failed, and that the old one serves. */
async function failingDeploy(stage: Stage): Promise<number> {
  let failed = Number.NaN
  let reverted = Number.NaN
  const deploying = stage.follow(stage.app.folder, ['node', SLIPWAY, 'deploy'], {}, (line) => {
    if (/app: failed: /.test(line)) failed = performance.now()
    if (/app: release \d+ serves again/.test(line)) reverted = performance.now()
  })
  await assert.rejects(deploying, { exitCode: 3 })
  assert.ok(reverted >= failed, 'the host told of a failure and of a revert')
  return reverted - failed
}
