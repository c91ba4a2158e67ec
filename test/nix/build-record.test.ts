import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BuildRecord, failuresOf } from '../../src/nix/build-record.js'

const A = '/nix/store/sa25na9bzjwv41byzvqmgp2aqy6ix89l-a.drv'
const B = '/nix/store/z060jd3415dpa94xxja2c8hc3vrla5j1-b.drv'

describe('failuresOf', () => {
  for (const [nix, errors] of [
    [
      '2.8',
      [
        `error: builder for '${A}' failed with exit code 3`,
        `error: 1 dependencies of derivation '${B}' failed to build`,
        `error: build of '${A}', '${B}' failed`,
      ],
    ],
    [
      '2.35',
      [
        `error: Cannot build '${A}'.\n       Reason: builder failed with exit code 3.`,
        `error: Cannot build '${B}'.\n       Reason: 1 dependency failed.\n       Output paths:\n         /nix/store/x-b`,
        'error: Build failed due to failed dependency',
      ],
    ],
  ] as const) {
    it(`names what failed by itself, as Nix ${nix} tells it`, () => {
      assert.deepEqual([...failuresOf(errors)], [[A, errors[0]]])
    })
  }

  it('names all of several', () => {
    const errors = [
      `error: builder for '${A}' failed with exit code 1`,
      `error: builder for '${B}' failed due to signal 9 (Killed)`,
    ]
    assert.deepEqual([...failuresOf(errors).keys()], [A, B])
  })
})

describe('BuildRecord', () => {
  it('keeps the end of each log', () => {
    const record = new BuildRecord()
    for (let n = 1; n <= 25; n += 1) {
      record.add({ type: 'log', derivation: A, line: `a ${n}` })
      record.add({ type: 'log', derivation: B, line: `b ${n}` })
    }
    assert.deepEqual(
      [record.logOf(A).at(0), record.logOf(A).at(-1), record.logOf(A).length],
      ['a 6', 'a 25', 20],
    )
    assert.equal(record.logOf(B).at(-1), 'b 25')
    assert.deepEqual(record.logOf('/nix/store/other.drv'), [])
  })

  it('remembers whose dependencies are out of date, however long the log', () => {
    const record = new BuildRecord()
    record.add({ type: 'log', derivation: A, line: 'go: inconsistent vendoring in /build/source:' })
    for (let n = 0; n < 50; n += 1) record.add({ type: 'log', derivation: A, line: `module ${n}` })
    assert.deepEqual([...record.outdated], [A])
  })
})
