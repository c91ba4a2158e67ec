import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { whileAlone, whileStays } from '../../../src/agent/cache/turns.js'

describe('turns of a cache', () => {
  it('many add side by side, one removes alone, and a failure keeps nobody', async () => {
    let adding = 0
    let most = 0
    let removing = 0
    const add = (ends: boolean) =>
      whileStays('x', async () => {
        assert.equal(removing, 0)
        adding += 1
        most = Math.max(most, adding)
        await sleep(5)
        adding -= 1
        if (!ends) throw new Error('full')
      }).catch(() => undefined)
    const remove = () =>
      whileAlone('x', async () => {
        assert.deepEqual([adding, removing], [0, 0])
        removing += 1
        await sleep(5)
        removing -= 1
        throw new Error('no')
      }).catch((error: Error) => assert.equal(error.message, 'no'))
    await Promise.all([add(true), add(false), remove(), add(true), remove(), add(true), add(true)])
    assert.ok(most >= 2)
  })

  it('caches do not wait for each other', async () => {
    let end: () => void = () => undefined
    const held = whileAlone(
      'a',
      () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    )
    await whileStays('b', async () => undefined)
    end()
    await held
  })
})
