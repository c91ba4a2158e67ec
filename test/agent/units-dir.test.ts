import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { persistentUnitDir, unitDir } from '../../src/agent/units-dir.js'
import { type TestAgent, testAgent } from './test-agent.js'

let host: TestAgent
let looked: string[]
beforeEach(() => {
  looked = []
  host = testAgent({ systemd: { unitPath: async () => looked } })
})
afterEach(() => host.remove())

describe('where units may be written', () => {
  it('is the folder of administrators', async () => {
    const etc = join(host.folder, 'etc')
    mkdirSync(etc)
    assert.deepEqual([await unitDir(host.agent, etc), await persistentUnitDir(host.agent, etc)], [etc, etc])
  })

  it('is a folder of ours where that can not be, as on NixOS', async () => {
    const own = join(host.agent.places.root, 'units')
    const etc = join(host.folder, 'none')
    assert.equal(await unitDir(host.agent, etc), own)
    assert.equal(await persistentUnitDir(host.agent, etc), '/etc/systemd/system.attached')
    looked = [own]
    assert.equal(await persistentUnitDir(host.agent, etc), own)
  })
})
