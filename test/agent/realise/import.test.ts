import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { importPaths, lackingPaths } from '../../../src/agent/realise/import.js'
import { CallFailed } from '../../../src/contract/failure.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
let came: string
let ends = endedWith(0)
beforeEach(() => {
  came = ''
  host = testAgent({
    run: async (_argv, { input } = {}) => {
      if (input === undefined) return ends
      for await (const piece of input as AsyncIterable<Uint8Array>) came += Buffer.from(piece).toString()
      return ends
    },
  })
})
afterEach(() => {
  ends = endedWith(0)
  host.remove()
})

async function* exported() {
  yield Buffer.from('one ')
  yield Buffer.from('two')
}

describe('store paths that are sent', () => {
  const pathsWith = (...there: string[]) => {
    for (const name of there) mkdirSync(join(host.folder, name))
    return ['there', 'cut-off', 'lacking'].map((name) => join(host.folder, name))
  }

  it('are those that are not there, or lie there and are nothing that Nix knows', async () => {
    const paths = pathsWith('there', 'cut-off')
    const [there, cutOff, lacking] = paths
    ends = endedWith(0, { stdout: `${cutOff}\n` })
    assert.deepEqual(await lackingPaths(host.agent, paths), [cutOff, lacking])
    assert.deepEqual(host.ran, [`nix-store --check-validity --print-invalid ${there} ${cutOff}`])
  })

  it('are all of them where none lies there: Nix is not asked', async () => {
    const paths = pathsWith()
    assert.deepEqual(await lackingPaths(host.agent, paths), paths)
    assert.deepEqual(host.ran, [])
  })

  it('are not known where Nix does not tell', async () => {
    ends = endedWith(1, { stderr: 'error: database is locked\n' })
    await assert.rejects(lackingPaths(host.agent, pathsWith('there')), /database is locked/)
  })

  it('are taken in by Nix as they come', async () => {
    await importPaths(host.agent, exported())
    assert.deepEqual([host.ran, came], [['nix-store --import'], 'one two'])
  })

  it('are told of in Nix’s words where it does not take them', async () => {
    ends = endedWith(1, { stderr: 'error: path is not valid\n' })
    await assert.rejects(importPaths(host.agent, exported()), (error) => {
      assert.ok(error instanceof CallFailed)
      assert.match(error.message, /error: path is not valid/)
      return true
    })
  })
})
