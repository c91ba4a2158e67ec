import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runProgram } from '../../src/agent/run.js'

describe('what a program is given to read', () => {
  it('comes piece by piece, however long it takes', async () => {
    async function* pieces() {
      for (let number = 0; number < 100; number++) {
        if (number % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        yield Buffer.from(`${number}\n`.repeat(1000))
      }
    }
    const ended = await runProgram(['wc', '-l'], { input: pieces() })
    assert.deepEqual([ended.code, ended.stdout.trim()], [0, '100000'])
  })

  it('ends it where it breaks off, so that a part is not taken for the whole', async () => {
    async function* broken() {
      yield Buffer.from('half\n')
      throw new Error('cut')
    }
    const ended = await runProgram(['sh', '-c', 'cat; sleep 60; echo whole'], { input: broken() })
    assert.notEqual(ended.code, 0)
    assert.doesNotMatch(ended.stdout, /whole/)
  })

  it('may be more than it reads', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536)
    }
    assert.equal((await runProgram(['true'], { input: endless() })).code, 0)
  })
})
