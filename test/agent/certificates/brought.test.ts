import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { certificateFromFiles, differsFromCurrent } from '../../../src/agent/certificates/brought.js'
import { testAgent } from '../test-agent.js'

describe('files that a user brings', () => {
  const { agent, folder, remove } = testAgent()
  after(remove)
  const at = (name: string) => join(folder, name)
  const tls = { from: 'files' as const, hstsSeconds: 0, certificate: at('cert.pem'), key: at('key.pem') }
  const current = join(agent.places.certificates, 'domains/a.example/current')
  beforeEach(() => {
    writeFileSync(at('cert.pem'), 'certificate')
    writeFileSync(at('key.pem'), 'key')
  })

  it('are read whole', async () => {
    assert.deepEqual(await certificateFromFiles(tls), { certificate: 'certificate', key: 'key' })
  })

  it('are named where they are not there', async () => {
    await assert.rejects(certificateFromFiles({ ...tls, key: at('none') }), {
      kind: 'file',
      message: `there is no file ${at('none')} on this host`,
    })
  })

  it('are files, and no larger than a certificate', async () => {
    spawnSync('mkfifo', [at('pipe')])
    for (const [path, problem] of [
      [at('pipe'), /pipe is not a file/],
      [folder, /can not be read|is not a file/],
      ['/dev/zero', /\/dev\/zero is not a file/],
    ] as const) {
      await assert.rejects(certificateFromFiles({ ...tls, certificate: path }), {
        kind: 'file',
        message: problem,
      })
    }
    writeFileSync(at('cert.pem'), 'x'.repeat(1_048_577))
    await assert.rejects(certificateFromFiles(tls), { message: /has more than 1048576 bytes/ })
  })

  it('differ from what serves until they were taken', async () => {
    assert.equal(await differsFromCurrent(agent, 'a.example', tls), true)
    mkdirSync(current, { recursive: true })
    writeFileSync(join(current, 'fullchain.pem'), 'certificate')
    writeFileSync(join(current, 'key.pem'), 'key')
    assert.equal(await differsFromCurrent(agent, 'a.example', tls), false)
    writeFileSync(at('key.pem'), 'new')
    assert.equal(await differsFromCurrent(agent, 'a.example', tls), true)
  })

  it('differ, so that somebody says so, where they can not be read', async () => {
    assert.equal(await differsFromCurrent(agent, 'a.example', { ...tls, key: at('none') }), true)
  })
})
