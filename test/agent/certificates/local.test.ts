import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { certificateFromLocal, localAuthority } from '../../../src/agent/certificates/local.js'
import { checkPair } from '../../../src/agent/certificates/pair.js'
import { runProgram } from '../../../src/agent/run.js'
import { endedWith, testAgent } from '../test-agent.js'
import { WITHOUT_OPENSSL } from './openssl.js'

describe('the host’s own authority', { skip: WITHOUT_OPENSSL }, () => {
  const { agent, remove } = testAgent({ run: runProgram })
  after(remove)
  const folder = join(agent.places.certificates, 'local')

  it('is not there before it is needed', async () => assert.equal(await localAuthority(agent), ''))

  it('makes certificates that hold for a domain, and stem from it', async () => {
    const pair = await certificateFromLocal(agent, 'a.example')
    const facts = checkPair(pair, 'a.example', { from: 'local', hstsSeconds: 0 }, Date.now() / 1000)
    assert.equal(facts.notAfter - facts.notBefore, 90 * 86_400)
    assert.match(facts.issuer ?? '', /^slipway on \S+$/)
    const authority = new X509Certificate(await localAuthority(agent))
    const certificate = new X509Certificate(pair.certificate)
    assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey))
    assert.equal(authority.ca, true)
    assert.equal(certificate.ca, false)
    assert.equal(certificate.subjectAltName, 'DNS:a.example')
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  })

  it('stays the same, and gives each certificate a number and a key of its own', async () => {
    const before = await localAuthority(agent)
    const pairs = [
      await certificateFromLocal(agent, 'b.example'),
      await certificateFromLocal(agent, 'b.example'),
    ]
    assert.equal(await localAuthority(agent), before)
    assert.equal(new Set(pairs.map(({ key }) => key)).size, 2)
    assert.equal(
      new Set(pairs.map(({ certificate }) => new X509Certificate(certificate).serialNumber)).size,
      2,
    )
  })

  it('keeps what it has for root alone, and nothing else', () => {
    assert.deepEqual(readdirSync(folder), ['authority.key', 'authority.pem'])
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder, 'authority.key')).mode & 0o777, 0o600)
  })
})

describe('without openssl', () => {
  for (const [what, ended, problem] of [
    ['there is none', endedWith(127), 'openssl is not installed on this host'],
    ['it fails', endedWith(1, { stderr: 'a\nb\nc\n' }), 'b\nc'],
    ['it fails without a word', endedWith(1), 'openssl genpkey failed, and said nothing'],
    ['it succeeds with nothing', endedWith(0), 'openssl genpkey failed, and said nothing'],
  ] as const) {
    it(`says that ${what}`, async () => {
      const { agent, remove } = testAgent({ run: async () => ended })
      try {
        await assert.rejects(certificateFromLocal(agent, 'a.example'), { kind: 'tool', message: problem })
      } finally {
        remove()
      }
    })
  }
})
