import assert from 'node:assert/strict'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { isRevoked, listUrl } from '../../../src/agent/certificates/revocation-list.js'
import { opensslFolder, WITHOUT_OPENSSL } from './openssl.js'

describe('a list of revoked certificates', { skip: WITHOUT_OPENSSL }, () => {
  const folder = opensslFolder()
  after(() => folder.remove())
  const { openssl, read, write } = folder
  write('index', '')
  write('number', '01\n')
  write(
    'ca.conf',
    '[ca]\ndefault_ca = own\n[own]\ndatabase = index\ncrlnumber = number\ndefault_md = sha256\ndefault_crl_days = 9\n',
  )

  /** A certificate that says where its issuer's list is. */
  const certificate = (name: string, ...extensions: string[]) => {
    folder.selfSigned(name, ...extensions.flatMap((extension) => ['-addext', extension]))
    return new X509Certificate(read(`${name}.pem`))
  }
  const good = certificate('good', 'crlDistributionPoints=URI:http://crl.example/good.crl')
  const bad = certificate('bad')
  const stranger = certificate('stranger')
  openssl('ca', '-config', 'ca.conf', '-keyfile', 'good.key', '-cert', 'good.pem', '-revoke', 'bad.pem')
  openssl(
    'ca',
    '-config',
    'ca.conf',
    '-keyfile',
    'good.key',
    '-cert',
    'good.pem',
    '-gencrl',
    '-out',
    'list.pem',
  )
  openssl('crl', '-in', 'list.pem', '-outform', 'DER', '-out', 'list.der')
  const list = read('list.der')
  const issuers = [stranger.publicKey, good.publicKey]

  it('is where the certificate says', () => {
    assert.equal(listUrl(good.raw), 'http://crl.example/good.crl')
    assert.equal(listUrl(bad.raw), undefined)
    const several = certificate(
      'several',
      'basicConstraints=critical,CA:TRUE',
      'crlDistributionPoints=URI:ldap://crl.example/x,URI:http://crl.example/y',
    )
    assert.equal(listUrl(several.raw), 'http://crl.example/y')
    const secure = certificate('secure', 'crlDistributionPoints=URI:https://crl.example/x')
    assert.equal(listUrl(secure.raw), undefined)
  })

  it('names what is revoked, and nothing else', () => {
    assert.equal(isRevoked(list, bad.serialNumber, issuers), true)
    assert.equal(isRevoked(list, good.serialNumber, issuers), false)
  })

  it('may be PEM', () => assert.equal(isRevoked(read('list.pem'), bad.serialNumber, issuers), true))

  it('may be empty', () => {
    write('index', '')
    openssl(
      'ca',
      '-config',
      'ca.conf',
      '-keyfile',
      'good.key',
      '-cert',
      'good.pem',
      '-gencrl',
      '-out',
      'empty.pem',
    )
    assert.equal(isRevoked(read('empty.pem'), bad.serialNumber, issuers), false)
  })

  it('may be signed by RSA', () => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'rsa.key',
      '-out',
      'rsa.pem',
      '-subj',
      '/CN=rsa',
    )
    write('index', '')
    openssl('ca', '-config', 'ca.conf', '-keyfile', 'rsa.key', '-cert', 'rsa.pem', '-revoke', 'bad.pem')
    openssl(
      'ca',
      '-config',
      'ca.conf',
      '-keyfile',
      'rsa.key',
      '-cert',
      'rsa.pem',
      '-gencrl',
      '-out',
      'rsa-list.pem',
    )
    const key = createPublicKey(read('rsa.pem'))
    assert.equal(isRevoked(read('rsa-list.pem'), bad.serialNumber, [good.publicKey, key]), true)
    assert.equal(isRevoked(read('rsa-list.pem'), bad.serialNumber, [good.publicKey]), undefined)
  })

  it('says nothing where nobody signed it who may', () => {
    assert.equal(isRevoked(list, bad.serialNumber, [stranger.publicKey]), undefined)
    assert.equal(isRevoked(list, bad.serialNumber, []), undefined)
  })

  it('says nothing where somebody changed it', () => {
    const at = list.indexOf(Buffer.from(bad.serialNumber, 'hex'))
    assert.ok(at > 0)
    const changed = Buffer.from(list)
    changed[at + 1] = (changed[at + 1] ?? 0) ^ 1
    assert.equal(isRevoked(changed, good.serialNumber, issuers), undefined)
  })

  it('that is cut off, or is something else, is no list', () => {
    for (const other of [
      Buffer.of(),
      Buffer.from('<html>'),
      list.subarray(0, 50),
      Buffer.from('3000', 'hex'),
    ]) {
      let says: boolean | undefined
      try {
        says = isRevoked(other, bad.serialNumber, issuers)
      } catch {
        says = undefined
      }
      assert.equal(says, undefined)
    }
  })
})
