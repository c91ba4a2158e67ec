import assert from 'node:assert/strict'
import { chmodSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { makePrivate } from '../../../src/agent/services/private-files.js'
import {
  forgetReleases,
  pruneFailed,
  readRelease,
  releaseNumbers,
} from '../../../src/agent/services/releases.js'
import { reportService } from '../../../src/agent/services/report.js'
import { manifestOf } from '../../../src/plan/manifest.js'
import { app, ingredients } from '../../release/samples.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('releases on a host', () => {
  let test: TestAgent
  beforeEach(() => {
    test = testAgent({ systemd: { units: async () => [], property: async () => '' } })
  })
  afterEach(() => {
    forgetReleases(test.agent, 'web')
    test.remove()
  })
  const place = (number: number, files: Record<string, string> = {}) => {
    const dir = test.agent.places.release('web', number)
    mkdirSync(dir, { recursive: true })
    const manifest = manifestOf(app({ listen: 'unix' }), ingredients())
    writeFileSync(join(dir, 'release.json'), JSON.stringify(manifest))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    return dir
  }

  it('have their sockets where they say, and older ones in /run', async () => {
    place(1)
    place(2, { sockets: '/run/slipway-sockets\n' })
    const blue = async (number: number) =>
      (await readRelease(test.agent, 'web', number)).layout.endpoints?.blue
    assert.deepEqual(await blue(1), { unix: '/run/web/blue.sock' })
    assert.deepEqual(await blue(2), { unix: '/run/slipway-sockets/web/blue.sock' })
  })

  it('audit 23: older ones are made unreadable for everybody but root', async () => {
    const dir = place(1, { runtime: '{}', 'closure.json': '[]', 'with-secrets': '' })
    for (const name of ['release.json', 'runtime', 'closure.json', 'with-secrets'])
      chmodSync(join(dir, name), 0o644)
    const approved = join(test.agent.places.service('web'), 'approved')
    mkdirSync(approved)
    writeFileSync(join(approved, 'release.json'), '{}')
    chmodSync(join(approved, 'release.json'), 0o644)
    await makePrivate(test.agent)
    const mode = (path: string) => lstatSync(path).mode & 0o777
    for (const name of ['release.json', 'runtime', 'closure.json']) assert.equal(mode(join(dir, name)), 0o600)
    assert.equal(mode(join(approved, 'release.json')), 0o600)
    // The service's own user runs it.
    assert.equal(mode(join(dir, 'with-secrets')), 0o644)
  })

  it('audit 33: a report of many runs no program, and reads only the one that serves', async () => {
    for (let number = 1; number <= 300; number += 1) place(number, { good: '1700000000\n' })
    const report = await reportService(test.agent, async () => undefined, 'web', { probe: false })
    assert.equal(report.releases.length, 300)
    assert.deepEqual(test.ran, [])
  })

  it('audit 33: those that never became good are few', async () => {
    for (let number = 1; number <= 9; number += 1) place(number, number < 3 ? { good: '1' } : {})
    const { agent } = test
    await pruneFailed(agent, 'web', 5)
    assert.deepEqual(await releaseNumbers(agent, 'web'), [1, 2, 5, 6, 7, 8, 9])
  })

  it('audit 33: so does one of many that never became good', async () => {
    for (let number = 1; number <= 300; number += 1) place(number)
    const report = await reportService(test.agent, async () => undefined, 'web', { probe: false })
    assert.equal(report.releases.filter(({ good }) => good === null).length, 300)
    assert.deepEqual(test.ran, [])
  })
})
