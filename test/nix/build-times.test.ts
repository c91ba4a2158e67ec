import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BuildTimes } from '../../src/nix/build-times.js'

/** Times by a clock that the test sets, in seconds. */
function clocked() {
  let seconds = 0
  const times = new BuildTimes(() => seconds * 1000)
  const at = (time: number, ...event: Parameters<BuildTimes['add']>): boolean => {
    seconds = time
    return times.add(...event)
  }
  return { times, at }
}

describe('BuildTimes', () => {
  it('is the time from its beginning to its end', () => {
    const { times, at } = clocked()
    at(1, { type: 'building', derivation: 'a' })
    assert.equal(times.seconds('a'), null)
    at(4, { type: 'built', derivation: 'a' })
    assert.equal(times.seconds('a'), 3)
    assert.equal(times.seconds('b'), null)
  })

  it('goes by what was found before Nix said so', () => {
    const { times, at } = clocked()
    at(0, { type: 'building', derivation: 'fast' })
    at(0, { type: 'building', derivation: 'slow' })
    assert.equal(at(1, { type: 'counted', done: 1, failed: 0 }), true)
    times.end('fast', 1000)
    assert.equal(at(15, { type: 'counted', done: 2, failed: 0 }), true)
    at(15, { type: 'built', derivation: 'fast' })
    at(15, { type: 'built', derivation: 'slow' })
    assert.deepEqual([times.seconds('fast'), times.seconds('slow')], [1, 15])
  })

  it('of a failure, goes by the first that was counted after it was heard last', () => {
    const { times, at } = clocked()
    at(0, { type: 'building', derivation: 'one' })
    at(0, { type: 'building', derivation: 'other' })
    assert.equal(at(2, { type: 'counted', done: 0, failed: 1 }), false)
    at(3, { type: 'log', derivation: 'one', line: 'still here' })
    at(5, { type: 'counted', done: 0, failed: 2 })
    for (const derivation of ['one', 'other']) {
      at(9, { type: 'built', derivation })
      times.fail(derivation)
    }
    assert.deepEqual([times.seconds('one'), times.seconds('other')], [5, 2])
  })
})
