import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { collectGarbage } from '../../../src/agent/room/collect.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

const GIB = 1024 ** 3

describe('collectGarbage', () => {
  let host: TestAgent
  afterEach(() => host.remove())

  /** Room before and after. */
  const freeing = (...bytes: number[]) => {
    const left = [...bytes]
    return async () => left.shift() ?? assert.fail('asked too often')
  }

  it('tells what is free before and after', async () => {
    host = testAgent()
    const found = await collectGarbage(host.agent, null, freeing(5 * GIB, 7 * GIB))
    assert.deepEqual(found, { collected: true, before: 5 * GIB, after: 7 * GIB })
    assert.deepEqual(host.ran, ['nix-store --gc --quiet'])
  })

  it('collects below the threshold, and not from there on', async () => {
    host = testAgent()
    const kb = 1024 * 1024
    assert.equal((await collectGarbage(host.agent, kb, freeing(GIB - 1, GIB))).collected, true)
    host.remove()
    host = testAgent()
    assert.deepEqual(await collectGarbage(host.agent, kb, freeing(GIB)), {
      ...{ collected: false, before: GIB, after: GIB },
    })
    assert.deepEqual(host.ran, [])
  })

  it('says why Nix did not, and what to do', async () => {
    host = testAgent({ run: async () => ({ ...endedWith(1), stderr: 'error: the store is read-only\n' }) })
    await assert.rejects(collectGarbage(host.agent, null, freeing(1, 1)), {
      failure: {
        kind: 'failed',
        what: "Nix's garbage was not all collected",
        why: 'error: the store is read-only',
        next: 'What was freed stays free. Run it again.',
      },
    })
  })
})
