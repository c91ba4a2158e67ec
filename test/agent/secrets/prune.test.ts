import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Agent } from '../../../src/agent/agent.js'
import { forgetSecret, keepSecret } from '../../../src/agent/secrets/keep.js'
import { pruneSecrets, removeSecrets } from '../../../src/agent/secrets/prune.js'
import { reportSecrets } from '../../../src/agent/secrets/report.js'
import { stageSecrets } from '../../../src/agent/secrets/store.js'
import { withSecrets } from '../../../src/agent/secrets/turns.js'
import { type TestAgent, testAgent } from '../test-agent.js'
import { at, base64, KEY, release, stage } from './samples.js'

let test: TestAgent
beforeEach(() => {
  test = testAgent()
})
afterEach(() => test.remove())

const keep = (agent: Agent, version: string, value: string) =>
  keepSecret(agent, { service: 'web', name: 'TOKEN', version, key: KEY, value: base64(value) }, agent.step)

describe('pruneSecrets', () => {
  it('leaves what a release refers to or the host keeps, and nothing else', async () => {
    const { agent } = test
    await stage(agent, { 'web/URL/aa': 'x', 'web/URL/bb': 'y', 'web/PIN/cc': 'z' }, KEY)
    await keep(agent, 'dd', 'one')
    await keep(agent, 'ee', 'two')
    writeFileSync(at(agent, 'web/URL/ff.new-1-1'), 'half')
    await release(agent, 1, { URL: 'aa', TOKEN: 'dd' })
    await pruneSecrets(agent, 'web')
    assert.deepEqual(readdirSync(at(agent, 'web')), ['.key', 'TOKEN', 'URL'])
    assert.deepEqual(readdirSync(at(agent, 'web/URL')), ['aa'])
    assert.deepEqual(readdirSync(at(agent, 'web/TOKEN')), ['dd', 'ee', 'kept'])
    rmSync(agent.places.release('web', 1), { recursive: true })
    await pruneSecrets(agent, 'web')
    assert.deepEqual(readdirSync(at(agent, 'web/TOKEN')), ['ee', 'kept'])
    await forgetSecret(agent, { service: 'web', name: 'TOKEN' })
    assert.deepEqual(readdirSync(at(agent, 'web')), ['.key'])
  })

  it("leaves other services' alone", async () => {
    const { agent } = test
    await stage(agent, { 'web/URL/aa': 'x', 'api/URL/aa': 'x' })
    await pruneSecrets(agent, 'web')
    assert.deepEqual(readdirSync(at(agent, 'api/URL')), ['aa'])
    assert.equal(existsSync(at(agent, 'web/URL')), false)
  })

  it('takes nothing away where the releases can not be read', async () => {
    const { agent } = test
    await stage(agent, { 'web/URL/aa': 'x' })
    const folder = await release(agent, 1, { URL: 'aa' })
    rmSync(`${folder}/secrets/URL`)
    writeFileSync(`${folder}/secrets/URL`, 'no link')
    await assert.rejects(pruneSecrets(agent, 'web'), /EINVAL/)
    assert.deepEqual(readdirSync(at(agent, 'web/URL')), ['aa'])
  })

  it('has nothing to do for a service without secrets', async () => {
    await pruneSecrets(test.agent, 'web')
    assert.equal(existsSync(at(test.agent)), false)
  })

  it('waits until a release that is being staged has its secrets', async () => {
    const { agent } = test
    let pruned = false
    const staging = withSecrets(async () => {
      const sent = { service: 'web', name: 'URL', version: 'aa', value: base64('x') }
      await stageSecrets(agent, [sent], [], agent.step)
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.equal(pruned, false)
      await release(agent, 1, { URL: 'aa' })
    })
    const pruning = pruneSecrets(agent, 'web').then(() => {
      pruned = true
    })
    await Promise.all([staging, pruning])
    assert.deepEqual(readdirSync(at(agent, 'web/URL')), ['aa'])
  })
})

describe('removeSecrets', () => {
  it('leaves what the host keeps, unless all is to go', async () => {
    const { agent } = test
    await stage(agent, { 'web/URL/aa': 'x' }, KEY)
    await keep(agent, 'dd', 'one')
    await removeSecrets(agent, 'web', false)
    assert.deepEqual(readdirSync(at(agent, 'web')), ['.key', 'TOKEN'])
    await removeSecrets(agent, 'web', true)
    assert.equal(existsSync(at(agent, 'web')), false)
  })
})

describe('keepSecret', () => {
  it('replaces what is kept', async () => {
    const { agent } = test
    await keep(agent, 'aa', 'one')
    await keep(agent, 'bb', ' two\n\n')
    assert.equal(readlinkSync(at(agent, 'web/TOKEN/kept')), 'bb')
    assert.equal(readFileSync(at(agent, 'web/TOKEN/kept'), 'utf8'), ' two\n\n')
  })

  it('refuses what did not arrive whole', async () => {
    await assert.rejects(keep(test.agent, 'aa', ''), /did not arrive whole/)
    assert.equal(existsSync(at(test.agent, 'web/TOKEN')), false)
  })

  it('says where there is nothing to forget', async () => {
    await assert.rejects(
      forgetSecret(test.agent, { service: 'web', name: 'TOKEN' }),
      /the host keeps no secret TOKEN of web/,
    )
  })
})

describe('what the host says of secrets', () => {
  it('is nothing where there are none', async () =>
    assert.deepEqual(await reportSecrets(test.agent, true), []))

  it('is versions, and the key only where it is asked for', async () => {
    const { agent } = test
    await stage(agent, { 'web/URL/aa': 'hunter2', 'api/PIN/cc': '1' }, KEY)
    await keep(agent, 'dd', 'x')
    writeFileSync(at(agent, 'web/URL/bb.cred'), 'encrypted')
    // What a crash has left is no version.
    for (const name of ['cc', 'dd.new-1-1']) writeFileSync(at(agent, 'web/URL', name), '')
    const web = { service: 'web', versions: { TOKEN: ['dd'], URL: ['aa', 'bb.cred'] }, kept: { TOKEN: 'dd' } }
    const api = { service: 'api', key: null, versions: { PIN: ['cc'] }, kept: {} }
    assert.deepEqual(await reportSecrets(agent, true), [api, { ...web, key: KEY }])
    assert.deepEqual(await reportSecrets(agent, false), [api, { ...web, key: null }])
    assert.deepEqual(await reportSecrets(agent, true, ['web']), [{ ...web, key: KEY }])
  })
})
