import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { copyLinked } from '../../../src/agent/services/copy-linked.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('copyLinked', () => {
  let host: TestAgent
  beforeEach(() => {
    host = testAgent()
  })
  afterEach(() => host.remove())

  it('has the same files, links and modes', async () => {
    const at = (path: string) => join(host.agent.places.root, path)
    mkdirSync(at('from/TOKEN'), { recursive: true, mode: 0o700 })
    writeFileSync(at('from/TOKEN/aa'), 'value', { mode: 0o600 })
    symlinkSync('aa', at('from/TOKEN/kept'))
    await copyLinked(host.agent, at('from'), at('to'))
    assert.equal(readFileSync(at('to/TOKEN/kept'), 'utf8'), 'value')
    assert.equal(readlinkSync(at('to/TOKEN/kept')), 'aa')
    assert.equal(statSync(at('to/TOKEN/aa')).ino, statSync(at('from/TOKEN/aa')).ino)
    assert.equal(statSync(at('to/TOKEN')).mode & 0o777, 0o700)
  })

  it('is nothing where there is nothing', async () => {
    await copyLinked(host.agent, join(host.agent.places.root, 'none'), join(host.agent.places.root, 'to'))
    assert.throws(() => statSync(join(host.agent.places.root, 'to')))
  })
})
