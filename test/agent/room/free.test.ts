import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freeBytes, watchRoom } from '../../../src/agent/room/free.js'

describe('the room on disks', () => {
  it('is that of the fullest', async () => {
    // A file system of the kernel's has none at all.
    assert.equal(await freeBytes(['/', '/proc']), 0)
    assert.ok((await freeBytes(['/'])) > 0)
  })

  it('audit 16: is told once when it is used up, and when nobody knows', async () => {
    for (const path of ['/proc', '/nowhere']) {
      let told = 0
      const end = watchRoom([path], () => {
        told += 1
      })
      await sleep(600)
      end()
      assert.equal(told, 1, path)
    }
  })

  it('is told to nobody who has ended looking', async () => {
    watchRoom(['/proc'], () => assert.fail('told'))()
    await sleep(300)
  })
})
