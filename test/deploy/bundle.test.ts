import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { bundle } from '../../src/deploy/bundle.js'
import { planHost } from '../../src/plan/plan.js'
import { app, built, PACKAGE, report } from '../plan/samples.js'

const folder = mkdtempSync(join(tmpdir(), 'slipway-bundle-'))
after(() => rmSync(folder, { recursive: true }))

describe('bundle', () => {
  const [plan] = planHost('nixie', [built(app({ env: { A: '1' } }))], report(), 'ann@laptop').services
  assert.ok(plan)

  it('is a request and the releases that the host lacks', async () => {
    const files = [
      { path: 'views/a.html', content: Buffer.from('<p>'), executable: false },
      { path: 'bin/hook', content: Buffer.from('#!/bin/sh\n'), executable: true },
      { path: 'views/link', content: { link: 'a.html' }, executable: true },
    ]
    const bytes = await bundle(
      [
        { service: 'web', to: 1, expected: null, action: 'deploy' },
        { service: 'mail', to: 2, expected: 3, action: 'rollback' },
        { service: 'api', to: 5, expected: 5, action: 'restart' },
      ],
      [{ plan, assets: { files, digest: 'd1gest' } }],
    )
    execFileSync('tar', ['-x', '-f', '-', '-C', folder], { input: bytes })
    const read = (path: string) => readFileSync(join(folder, path), 'utf8')
    assert.equal(read('request'), 'web 1 - deploy\nmail 2 3 rollback\napi 5 5 restart\n')
    assert.equal(read('releases/web/1/package-path'), `${PACKAGE}\n`)
    for (const [path, text] of Object.entries(plan.release.files)) {
      assert.equal(read(`releases/web/1/${path}`), text)
    }
    assert.equal(read('releases/web/1/assets/views/a.html'), '<p>')
    assert.equal(lstatSync(join(folder, 'releases/web/1/assets/bin/hook')).mode & 0o777, 0o755)
    assert.equal(readlinkSync(join(folder, 'releases/web/1/assets/views/link')), 'a.html')
    assert.deepEqual(execFileSync('ls', [join(folder, 'releases')], { encoding: 'utf8' }), 'web\n')
  })

  it('is the same for the same releases', async () => {
    const make = () =>
      bundle([{ service: 'web', to: 1, expected: null, action: 'deploy' }], [{ plan, assets: null }])
    assert.deepEqual(await make(), await make())
  })
})
