import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createLineReader } from '../src/line-reader.js'

function linesOf(chunks: readonly Buffer[]): string[] {
  const found: string[] = []
  const reader = createLineReader((line) => found.push(line))
  for (const chunk of chunks) reader.add(chunk)
  reader.end()
  return found
}

describe('createLineReader', () => {
  it('gives a line as soon as it is whole', () => {
    const found: string[] = []
    createLineReader((line) => found.push(line)).add(Buffer.from('one\ntw'))
    assert.deepEqual(found, ['one'])
  })
  it('gives the same lines wherever chunks are cut', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', '')))
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), (whole, first, second) => {
        const bytes = Buffer.from(whole.map((line) => `${line}\n`).join(''))
        const [from = 0, to = 0] = [first, second].map((at) => at % (bytes.length + 1)).sort((a, b) => a - b)
        assert.deepEqual(
          linesOf([bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)]),
          whole,
        )
      }),
    )
  })
})
