import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  clearFailure,
  loadState,
  lookedUpAt,
  markLookedUp,
  writeFacts,
  writeFailure,
} from '../../../src/agent/certificates/state.js'
import type { AttemptFailure, Facts } from '../../../src/agent/certificates/state-schema.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const FACTS: Facts = {
  version: 1,
  notBefore: 1000,
  notAfter: 2000,
  issuer: 'E7',
  from: 'acme',
  server: 'https://a.example/d?x=y',
}
const FAILURE: AttemptFailure = {
  version: 1,
  kind: 'rate-limit',
  failures: 3,
  next: 5000,
  problem: 'too many = no more',
}

describe('what is known of a certificate', () => {
  let host: TestAgent
  let domain: string
  const load = () => loadState(host.agent, 'a.example')
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(domain, path)), { recursive: true })
    writeFileSync(join(domain, path), text)
  }
  beforeEach(() => {
    host = testAgent()
    domain = join(host.agent.places.certificates, 'domains/a.example')
    mkdirSync(join(domain, 'versions/1-2-abc'), { recursive: true })
    symlinkSync('versions/1-2-abc', join(domain, 'current'))
  })
  afterEach(() => host.remove())

  it('is nothing at first', async () => {
    assert.deepEqual(await loadState(host.agent, 'b.example'), {
      facts: undefined,
      failure: undefined,
      revoked: false,
    })
  })

  it('is read as it was written, by root alone', async () => {
    await writeFacts(host.agent, join(domain, 'versions/1-2-abc'), FACTS)
    await writeFailure(host.agent, 'a.example', FAILURE)
    assert.deepEqual(await load(), {
      facts: FACTS,
      failure: FAILURE,
      revoked: false,
    })
    assert.equal(statSync(join(domain, 'failure.json')).mode & 0o777, 0o600)
    assert.equal(statSync(join(domain, 'current/facts.json')).mode & 0o777, 0o600)
    await clearFailure(host.agent, 'a.example')
    assert.equal((await load()).failure, undefined)
  })

  it('is taken over from the shell program of 0.1', async () => {
    write(
      'current/facts',
      'not_before=1000\nnot_after=2000\nissuer=E7\nfrom=acme\nserver=https://a.example/d?x=y\n',
    )
    write('failure', 'kind=rate-limit\nfailures=3\nnext=5000\nproblem=too many = no more\n')
    write('current/revoked', '')
    assert.deepEqual(await load(), {
      facts: FACTS,
      failure: FAILURE,
      revoked: true,
    })
    write('current/facts', 'not_before=1\nnot_after=2\nissuer=\nfrom=local\nserver=\n')
    write('failure', 'kind=dns\nfailures=1\nnext=0\nproblem=\n')
    const { facts, failure } = await load()
    assert.deepEqual(
      [facts?.issuer, facts?.from, facts?.server, failure?.kind, failure?.next],
      [null, 'local', null, 'dns', null],
    )
  })

  it('is what was written last', async () => {
    write('failure', 'kind=dns\nfailures=1\nnext=0\nproblem=old\n')
    await writeFailure(host.agent, 'a.example', FAILURE)
    assert.deepEqual((await load()).failure, FAILURE)
    await clearFailure(host.agent, 'a.example')
    assert.equal((await load()).failure, undefined)
    assert.ok(!existsSync(join(domain, 'failure')))
  })

  for (const [what, text] of [
    ['of a newer version', JSON.stringify({ ...FAILURE, version: 2 })],
    ['that is cut off', '{"version":1,'],
    ['with a word that is not known', JSON.stringify({ ...FAILURE, kind: 'bad luck' })],
  ] as const) {
    it(`is not guessed from a file ${what}`, async () => {
      write('failure.json', text)
      await assert.rejects(load())
      assert.equal(readFileSync(join(domain, 'failure.json'), 'utf8'), text)
    })
  }

  it('is not guessed from an old file that is cut off', async () => {
    write('current/facts', 'not_before=1000\n')
    await assert.rejects(load())
  })

  it('has the time at which its issuer was asked, and what it said', async () => {
    assert.equal(await lookedUpAt(host.agent, 'a.example'), undefined)
    await markLookedUp(host.agent, 'a.example', false)
    assert.ok(Math.abs(((await lookedUpAt(host.agent, 'a.example')) ?? 0) - Date.now()) < 5_000)
    assert.equal((await load()).revoked, false)
    await markLookedUp(host.agent, 'a.example', true)
    assert.equal((await load()).revoked, true)
  })
})
