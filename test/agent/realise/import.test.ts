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
  it('are those that are not there', async () => {
    const [there, lacking] = [join(host.folder, 'there'), join(host.folder, 'lacking')]
    mkdirSync(there)
    assert.deepEqual(await lackingPaths([there, lacking]), [lacking])
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
