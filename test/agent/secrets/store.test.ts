import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createFiles } from '../../../src/agent/files.js'
import { stageSecrets } from '../../../src/agent/secrets/store.js'
import { MAX_SECRET_BYTES } from '../../../src/agent/secrets/value.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'
import { at, KEY, mode, stage } from './samples.js'

let test: TestAgent
beforeEach(() => {
  test = testAgent()
})
afterEach(() => test.remove())

describe('stageSecrets', () => {
  it("stores values whole, root's alone", async () => {
    const { agent } = test
    const value = 'two\nlines\n\n'
    await stage(agent, { 'web/URL/aa': value, 'web/PIN/bb': '1' }, KEY)
    assert.equal(readFileSync(at(agent, 'web/URL/aa'), 'utf8'), value)
    assert.equal(readFileSync(at(agent, 'web/.key'), 'utf8'), `${KEY}\n`)
    assert.deepEqual(readdirSync(at(agent, 'web/URL')), ['aa'])
    for (const path of ['', 'web', 'web/URL']) assert.equal(mode(at(agent, path)), '700')
    for (const path of ['web/.key', 'web/URL/aa']) assert.equal(mode(at(agent, path)), '600')
  })

  it('keeps bytes that are no text', async () => {
    const { agent } = test
    const bytes = Buffer.from([0, 255, 10, 13, 128])
    const sent = { service: 'web', name: 'KEY', version: 'aa', value: bytes.toString('base64') }
    await stageSecrets(agent, [sent], [], agent.step)
    assert.deepEqual(readFileSync(at(agent, 'web/KEY/aa')), bytes)
  })

  it('keeps the first key, and refuses values that belong to another', async () => {
    const { agent } = test
    await stage(agent, { 'web/URL/aa': 'x' }, KEY)
    await stage(agent, { 'web/URL/cc': 'z' }, KEY)
    await assert.rejects(
      stage(agent, { 'web/URL/bb': 'y' }, 'cd'.repeat(32)),
      /somebody else put secrets of web there in the meantime; run the command again/,
    )
    assert.deepEqual(readdirSync(at(agent, 'web/URL')), ['aa', 'cc'])
  })

  for (const path of ['web/URL/xyz', 'web/U-L/aa', 'Web/URL/aa', 'web/URL/aa.x', 'web/1A/aa', 'web/URL/..']) {
    it(`refuses ${path}`, async () => {
      await assert.rejects(stage(test.agent, { [path]: 'x' }), /not a version of a secret/)
      assert.equal(existsSync(at(test.agent)), false)
    })
  }

  it('refuses what did not arrive whole, and what no variable could hold', async () => {
    await assert.rejects(stage(test.agent, { 'web/URL/aa': '' }), /URL of web did not arrive whole/)
    const long = 'x'.repeat(MAX_SECRET_BYTES + 1)
    await assert.rejects(stage(test.agent, { 'web/URL/aa': long }), /has 122881 bytes/)
    const broken = { service: 'web', name: 'URL', version: 'aa', value: 'aGk=!' }
    await assert.rejects(stageSecrets(test.agent, [broken], [], test.agent.step), /did not arrive whole/)
    assert.equal(existsSync(at(test.agent)), false)
  })

  it('is stopped before each value reaches the disk', async () => {
    const { agent } = test
    const steps: string[] = []
    const step = async (name: string) => {
      steps.push(name)
      if (steps.length === 2) throw new Error('killed')
    }
    await assert.rejects(stage(agent, { 'web/A/aa': 'x', 'web/B/bb': 'y' }, KEY, step), /killed/)
    assert.deepEqual(steps, ['store-secret', 'store-secret'])
    assert.deepEqual(readdirSync(at(agent, 'web/A')), ['aa'])
    assert.deepEqual(readdirSync(at(agent, 'web/B')), [])
  })

  it('leaves nothing of a value behind where the disk is full', async () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
    const beforeWrite = (path: string) => {
      if (path.endsWith('/aa')) throw full
    }
    const other = testAgent({ files: createFiles({ beforeWrite }) })
    await assert.rejects(stage(other.agent, { 'web/URL/aa': 'x' }), full)
    assert.deepEqual(readdirSync(at(other.agent, 'web/URL')), [])
    other.remove()
  })
})

describe('a version that is to be encrypted', () => {
  it('is given to systemd-creds over its standard input, and never written as it is', async () => {
    const inputs: string[] = []
    const other = testAgent({
      run: async (_argv, options) => {
        inputs.push(String(options?.input))
        return endedWith(0, { stdout: 'ENCRYPTED\n' })
      },
    })
    await stage(other.agent, { 'web/URL/aa.cred': 'hunter2' })
    assert.deepEqual(other.ran, ['systemd-creds encrypt --with-key=host --name=URL - -'])
    assert.deepEqual(inputs, ['hunter2'])
    assert.equal(readFileSync(at(other.agent, 'web/URL/aa.cred'), 'utf8'), 'ENCRYPTED\n')
    assert.equal(mode(at(other.agent, 'web/URL/aa.cred')), '600')
    other.remove()
  })

  for (const [name, ended] of [
    ['fails', endedWith(1, { stderr: 'no key\n' })],
    ['says nothing', endedWith(0)],
  ] as const) {
    it(`is not stored where systemd-creds ${name}`, async () => {
      const other = testAgent({ run: async () => ended })
      const work = stage(other.agent, { 'web/URL/aa.cred': 'hunter2' })
      await assert.rejects(work, /systemd-creds could not encrypt the secret URL of web/)
      assert.equal(existsSync(at(other.agent, 'web/URL')), false)
      other.remove()
    })
  }
})
