import assert from 'node:assert/strict'
import { existsSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { secretsChanged, secretsGone } from '../../../src/agent/secrets/release-links.js'
import { type TestAgent, testAgent } from '../test-agent.js'
import { at, release, stage } from './samples.js'

let test: TestAgent
beforeEach(() => {
  test = testAgent()
})
afterEach(() => test.remove())

describe('linkSecrets', () => {
  it('leads from a release to its versions', async () => {
    await stage(test.agent, { 'web/URL/aa': 'x' })
    const folder = await release(test.agent, 1, { URL: 'aa' })
    assert.equal(readlinkSync(join(folder, 'secrets/URL')), at(test.agent, 'web/URL/aa'))
  })

  for (const [what, secrets] of [
    ['a version that is not there', { URL: 'bb' }],
    ['a version that a crash has left empty', { URL: 'cc' }],
    ['a way out', { URL: '../../../../../../etc/shadow' }],
    ["another service's", { '../api/URL': 'aa' }],
    ['what only the host keeps', { URL: 'kept' }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await stage(test.agent, { 'web/URL/aa': 'x', 'api/URL/aa': 'x' })
      writeFileSync(at(test.agent, 'web/URL/cc'), '')
      await assert.rejects(
        release(test.agent, 1, secrets),
        /is no longer on the host: run the command again|not a version of a secret/,
      )
      assert.equal(existsSync(join(test.agent.places.release('web', 1), 'secrets')), false)
    })
  }
})

describe('a release and its secrets', () => {
  it('notices one that is gone', async () => {
    await stage(test.agent, { 'web/URL/aa': 'x' })
    const folder = await release(test.agent, 1, { URL: 'aa' })
    assert.equal(await secretsGone(folder), undefined)
    rmSync(at(test.agent, 'web/URL/aa'))
    assert.equal(await secretsGone(folder), 'URL')
  })

  it('names those that another release has in another version', async () => {
    await stage(test.agent, { 'web/A/aa': 'x', 'web/A/bb': 'y', 'web/B/cc': 'z' })
    const old = await release(test.agent, 1, { A: 'aa', B: 'cc' })
    const next = await release(test.agent, 2, { A: 'bb', B: 'cc' })
    const none = await release(test.agent, 3, {})
    assert.deepEqual(await secretsChanged(old, next), ['A'])
    assert.deepEqual(await secretsChanged(old, old), [])
    assert.deepEqual(await secretsChanged(old, none), [])
  })

  it('is not led astray by a name that is no link', async () => {
    const folder = await release(test.agent, 4, {})
    symlinkSync('/nowhere', join(folder, 'package'))
    assert.equal(await secretsGone(folder), undefined)
  })

  it('does not take what can not be read for what is gone', async () => {
    await stage(test.agent, { 'web/URL/aa': 'x' })
    const folder = await release(test.agent, 1, { URL: 'aa' })
    rmSync(join(folder, 'secrets/URL'))
    symlinkSync(join(folder, 'secrets/URL'), join(folder, 'secrets/URL'))
    await assert.rejects(secretsGone(folder), /ELOOP/)
  })
})
