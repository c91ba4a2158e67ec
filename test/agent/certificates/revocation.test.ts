import assert from 'node:assert/strict'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { lookUpRevocation } from '../../../src/agent/certificates/revocation.js'
import { testAgent } from '../test-agent.js'
import { opensslFolder, WITHOUT_OPENSSL } from './openssl.js'
import { web } from './web.js'

const HOUR_MS = 3_600_000

describe('lookUpRevocation', { skip: WITHOUT_OPENSSL }, () => {
  const { agent, remove } = testAgent()
  const folder = opensslFolder()
  const current = join(agent.places.certificates, 'domains/a.example/current')
  let server: Awaited<ReturnType<typeof web>>
  let list: Buffer
  let asked = 0
  let status = 200
  before(async () => {
    server = await web((_, response) => {
      asked += 1
      response.writeHead(status).end(list)
    })
    const { certificate } = folder.selfSigned(
      'own',
      '-addext',
      `crlDistributionPoints=URI:${server.url}/list`,
    )
    folder.write('index', '')
    folder.write('number', '01\n')
    folder.write(
      'ca.conf',
      '[ca]\ndefault_ca = own\n[own]\ndatabase = index\ncrlnumber = number\ndefault_md = sha256\ndefault_crl_days = 9\n',
    )
    const ca = ['ca', '-config', 'ca.conf', '-keyfile', 'own.key', '-cert', 'own.pem']
    folder.openssl(...ca, '-revoke', 'own.pem')
    folder.openssl(...ca, '-gencrl', '-out', 'list')
    mkdirSync(current, { recursive: true })
    writeFileSync(join(current, 'fullchain.pem'), certificate)
  })
  beforeEach(() => {
    asked = 0
    status = 200
    list = folder.read('list')
  })
  after(async () => {
    await server.close()
    folder.remove()
    remove()
  })
  const look = (later = 0) => lookUpRevocation(agent, 'a.example', Date.now() + later)
  const revoked = () => existsSync(join(current, 'revoked'))

  it('says nothing of a domain without a certificate', async () => {
    await lookUpRevocation(agent, 'b.example', Date.now())
    assert.equal(asked, 0)
  })

  it('asks again at the next look where there is no list, or none of the issuer', async () => {
    status = 404
    await look()
    status = 200
    list = Buffer.from('<html>')
    await look()
    assert.deepEqual([asked, revoked()], [2, false])
  })

  it('asks twice a day', async () => {
    folder.write('other-index', '')
    const other = opensslFolder()
    other.selfSigned('other')
    for (const name of ['index', 'number', 'ca.conf'])
      other.write(name, name === 'index' ? '' : folder.read(name).toString())
    other.openssl(
      'ca',
      '-config',
      'ca.conf',
      '-keyfile',
      'other.key',
      '-cert',
      'other.pem',
      '-gencrl',
      '-out',
      'list',
    )
    list = other.read('list')
    other.remove()
    await look()
    await look()
    await look(11 * HOUR_MS)
    assert.equal(asked, 1, 'a list that somebody else has signed says nothing, for as long')
    await look(13 * HOUR_MS)
    assert.deepEqual([asked, revoked()], [2, false])
  })

  it('finds out, and asks no more', async () => {
    utimesSync(join(current, 'looked-up'), 1, 1)
    await look()
    assert.deepEqual([asked, revoked()], [1, true])
    await look(100 * HOUR_MS)
    assert.equal(asked, 1)
  })
})
