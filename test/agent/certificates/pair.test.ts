import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { certificatesOf, checkPair, dayOf, type Pair } from '../../../src/agent/certificates/pair.js'
import type { Tls } from '../../../src/contract/service.js'
import { opensslFolder, WITHOUT_OPENSSL } from './openssl.js'

const FILES: Tls = { from: 'files', hstsSeconds: 0, certificate: '/c', key: '/k' }
const ACME: Tls = { from: 'acme', hstsSeconds: 0, server: 'https://a.example/d', challenge: 'http' }

describe('checkPair', { skip: WITHOUT_OPENSSL }, () => {
  const folder = opensslFolder()
  after(() => folder.remove())
  const own = folder.selfSigned('own', '-addext', 'subjectAltName=DNS:a.example,DNS:*.b.example')
  const other = folder.selfSigned('other')
  const now = Math.floor(Date.now() / 1000)
  const check = (pair: Pair, domain = 'a.example', at = now, tls: Tls = FILES) =>
    checkPair(pair, domain, tls, at)

  it('tells when a certificate holds, and who made it', () => {
    const { notBefore, notAfter, ...rest } = check(own)
    assert.deepEqual(rest, { version: 1, issuer: 'own', from: 'files', server: null })
    assert.equal(notAfter - notBefore, 200 * 86_400)
    assert.ok(Math.abs(notBefore - now) < 60)
  })

  it('tells which server it is from', () => {
    const { from, server } = check(own, 'a.example', now, ACME)
    assert.deepEqual([from, server], ['acme', 'https://a.example/d'])
  })

  it('calls an issuer by the last of its names', () => {
    const named = (subject: string) => {
      folder.selfSigned('named', '-subj', subject, '-addext', 'subjectAltName=DNS:a.example')
      return check({
        certificate: folder.read('named.pem').toString(),
        key: folder.read('named.key').toString(),
      }).issuer
    }
    assert.equal(named('/C=US/O=Let’s Encrypt/CN=E7'), 'E7')
    assert.equal(named('/O=slipway, Inc.'), 'slipway, Inc.')
    assert.equal(named('/C=US'), null)
  })

  it('takes a certificate of all names below a domain', () => {
    check(own, 'x.b.example')
    assert.throws(() => check(own, 'x.y.b.example'), /the certificate is not for x\.y\.b\.example/)
  })

  it('takes a chain, of which the first is the domain’s', () => {
    const chain = { ...own, certificate: own.certificate + other.certificate }
    assert.equal(check(chain).issuer, 'own')
    assert.equal(certificatesOf(chain.certificate).length, 2)
    assert.throws(
      () => check({ ...own, certificate: other.certificate + own.certificate }),
      /the key is not that of the certificate/,
    )
  })

  for (const [what, pair, problem] of [
    ['the key of another', { ...own, key: other.key }, /^the key is not that of the certificate$/],
    ['no key', { ...own, key: '' }, /^the key is not that of the certificate$/],
    [
      'half a certificate',
      { ...own, certificate: own.certificate.slice(0, 300) },
      /^the certificate can not be read: /,
    ],
    ['no certificate', { ...own, certificate: '' }, /^the certificate can not be read: /],
  ] as const) {
    it(`does not take ${what}`, () => assert.throws(() => check(pair), { kind: 'file', message: problem }))
  }

  it('does not take a key that needs a passphrase', () => {
    folder.openssl('pkcs8', '-topk8', '-in', 'own.key', '-out', 'locked.key', '-passout', 'pass:x')
    assert.throws(() => check({ ...own, key: folder.read('locked.key').toString() }), /the key is not that/)
  })

  it('does not take one of another domain', () => {
    assert.throws(() => check(own, 'c.example'), {
      kind: 'file',
      message: 'the certificate is not for c.example',
    })
  })

  it('does not take one that has expired', () => {
    const later = now + 201 * 86_400
    assert.throws(() => check(own, 'a.example', later), {
      kind: 'file',
      message: `the certificate has expired on ${dayOf(check(own).notAfter)}`,
    })
  })
})
