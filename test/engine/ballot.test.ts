import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createBallot } from '../../src/engine/ballot.js'

/** Whether a promise is settled once everything that is under way has been done. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => {
    done = true
  })
  await turn()
  return done
}

describe('createBallot', () => {
  it('gives every voter the result, once the last has spoken', async () => {
    const [one, two, three] = createBallot(3)
    assert.ok(one && two && three)
    const first = one.vote(true)
    const second = two.vote(true)
    assert.equal(await settled(first), false)
    assert.deepEqual(await Promise.all([first, second, three.vote(true)]), [true, true, true])
  })

  for (const against of [0, 1, 2]) {
    it(`is lost where voter ${against} is against`, async () => {
      const votes = createBallot(3).map((voter, index) => voter.vote(index !== against))
      assert.deepEqual(await Promise.all(votes), [false, false, false])
    })
  }

  it('waits for everybody though one is against already', async () => {
    const [one, two] = createBallot(2)
    assert.ok(one && two)
    const first = one.vote(false)
    assert.equal(await settled(first), false)
    assert.equal(await two.vote(true), false)
    assert.equal(await first, false)
  })

  it('counts the first word of a voter alone', async () => {
    const [one, two] = createBallot(2)
    assert.ok(one && two)
    const first = one.vote(true)
    const again = one.vote(false)
    assert.equal(await settled(again), false)
    assert.deepEqual(await Promise.all([first, again, two.vote(true)]), [true, true, true])
  })

  it('gives the result to who asks after the end', async () => {
    const [one] = createBallot(1)
    assert.ok(one)
    assert.equal(await one.vote(true), true)
    assert.equal(await one.vote(false), true)
  })

  it('has no voters where nobody votes', () => assert.deepEqual(createBallot(0), []))
})
