import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SecretsReport } from '../../src/contract/report.js'
import { missingSecrets, secretsOn, secretVersions, versionOf } from '../../src/engine/host-secrets.js'
import { planHost } from '../../src/plan/plan.js'
import { app, builds, built, facts, report, serving } from '../plan/samples.js'

const KEY = '0123456789abcdef'.repeat(4)
const HOST = { name: 'nixie' }
const WEB = app({ secrets: { URL: {}, TOKEN: { from: 'host' } } })
const VALUES = { web: { URL: 'postgres://x' } }
const VERSION = versionOf(KEY, 'URL', 'postgres://x')

const there = (own: Partial<SecretsReport> = {}, encrypts = true) =>
  report({
    host: facts({ encrypts }),
    secrets: [{ service: 'web', key: KEY, versions: {}, kept: {}, ...own }],
  })

describe('versionOf', () => {
  it('is the same for the same value only', () => {
    assert.match(VERSION, /^[0-9a-f]{32}$/)
    assert.equal(versionOf(KEY, 'URL', 'postgres://x'), VERSION)
    for (const other of [
      versionOf(KEY, 'URL', 'postgres://y'),
      versionOf(KEY, 'OTHER', 'postgres://x'),
      versionOf(KEY.replace('0', '1'), 'URL', 'postgres://x'),
    ]) {
      assert.notEqual(other, VERSION)
    }
  })
})

describe('secretsOn', () => {
  it('goes by what the host has, encrypted or not, and encrypts what is new where that can be', () => {
    const found = (report_: ReturnType<typeof there>) => secretsOn(HOST, WEB, VALUES, report_).secrets.URL
    const value = 'postgres://x'
    assert.deepEqual(found(there()), { version: `${VERSION}.cred`, value, stored: false })
    assert.deepEqual(found(there({}, false)), { version: VERSION, value, stored: false })
    assert.deepEqual(found(there({ versions: { URL: ['ab', VERSION] } })), {
      version: VERSION,
      value,
      stored: true,
    })
    const encrypted = there({ versions: { URL: [`${VERSION}.cred`] } }, false)
    assert.deepEqual(found(encrypted), { version: `${VERSION}.cred`, value, stored: true })
  })

  it('takes what the host alone has as it is there', () => {
    assert.equal('TOKEN' in secretsOn(HOST, WEB, VALUES, there()).secrets, false)
    assert.deepEqual(secretsOn(HOST, WEB, VALUES, there({ kept: { TOKEN: 'ab' } })).secrets.TOKEN, {
      version: 'ab',
      value: undefined,
      stored: true,
    })
  })

  it('makes a key where there is none: the same throughout a run, another for each host and service', () => {
    const keyOf = (host: string, service: string) =>
      secretsOn({ name: host }, { ...WEB, name: service }, {}, report()).key
    const keys = [keyOf('nixie', 'web'), keyOf('nixie', 'api'), keyOf('pixie', 'web')]
    for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/)
    assert.equal(new Set(keys).size, 3)
    assert.equal(keyOf('nixie', 'web'), keys[0])
  })
})

describe('missingSecrets', () => {
  const planned = (found: ReturnType<typeof there>) => {
    const secrets = secretVersions(HOST, [WEB], VALUES, found)
    return planHost('nixie', { ...builds(built(WEB)), secrets }, found, 'ann')
  }

  it('are the values that the host lacks, and what their versions are made with', () => {
    const value = Buffer.from('postgres://x').toString('base64')
    assert.deepEqual(missingSecrets(HOST, planned(there()), VALUES, there()), {
      values: [{ service: 'web', name: 'URL', version: `${VERSION}.cred`, value }],
      keys: [{ service: 'web', key: KEY }],
    })
  })

  it('are none where the host has them, or nothing changes', () => {
    const stored = there({ versions: { URL: [VERSION] } })
    assert.deepEqual(missingSecrets(HOST, planned(stored), VALUES, stored), { values: [], keys: [] })
    const { manifest } = planned(there()).services[0] ?? assert.fail()
    const unchanged = { ...there(), services: [serving(manifest)] }
    assert.deepEqual(missingSecrets(HOST, planned(unchanged), VALUES, unchanged), { values: [], keys: [] })
  })
})
