import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { coalesced } from '../../src/agent/coalesce.js'

/** Work that ends, or fails, when the test says so. */
function controlled() {
  const runs: { asks: readonly string[]; end(): void; fail(): void }[] = []
  const ask = coalesced<string, number>(
    (asks) =>
      new Promise((resolve, reject) => {
        const number = runs.length + 1
        runs.push({ asks, end: () => resolve(number), fail: () => reject(new Error(`run ${number}`)) })
      }),
  )
  return { runs, ask }
}

describe('coalesced', () => {
  it('runs once for all who ask at once', async () => {
    const { runs, ask } = controlled()
    const answers = [ask('a'), ask('b'), ask('c')]
    await turn()
    assert.equal(runs.length, 1)
    runs[0]?.end()
    assert.deepEqual(await Promise.all(answers), [1, 1, 1])
    assert.deepEqual(runs[0]?.asks, ['a', 'b', 'c'])
  })

  it('runs once more, afterwards, for all who ask meanwhile', async () => {
    const { runs, ask } = controlled()
    const first = ask('a')
    await turn()
    const later = [ask('b'), ask('c')]
    await turn()
    assert.equal(runs.length, 1)
    runs[0]?.end()
    assert.equal(await first, 1)
    await turn()
    assert.equal(runs.length, 2)
    runs[1]?.end()
    assert.deepEqual(await Promise.all(later), [2, 2])
    assert.deepEqual(runs[1]?.asks, ['b', 'c'])
  })

  it('fails for those whom a run was for, and for nobody else', async () => {
    const { runs, ask } = controlled()
    const [one, other] = [ask('a'), ask('b')]
    await turn()
    const later = ask('c')
    runs[0]?.fail()
    await assert.rejects(one, /run 1/)
    await assert.rejects(other, /run 1/)
    await turn()
    runs[1]?.end()
    assert.equal(await later, 2)
  })
})
