import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { renewals } from '../../../src/agent/survey/renewals.js'

describe('what certbot renews', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-renewals-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const read = async (text: string) => {
    await writeFile(join(folder, 'a.example.conf'), text)
    const [only] = await renewals(folder)
    return only && { authenticator: only.authenticator, webroots: only.webroots }
  }

  it('is told with how it proves itself, and in which folders', async () => {
    assert.deepEqual(
      await read(
        'version = 2.1.0\narchive_dir = /etc/letsencrypt/archive/a.example\n[renewalparams]\nauthenticator = webroot\nwebroot_path = /var/www/a,\n[[webroot_map]]\na.example = /var/www/a\nb.example = /var/www/b\n',
      ),
      { authenticator: 'webroot', webroots: ['/var/www/a', '/var/www/b'] },
    )
    assert.deepEqual(await read('[renewalparams]\nauthenticator = nginx\ninstaller = nginx\n'), {
      authenticator: 'nginx',
      webroots: [],
    })
    assert.deepEqual(await read(''), { authenticator: null, webroots: [] })
  })
})
