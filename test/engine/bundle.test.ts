import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Activation, bundle, type GuardSettings } from '../../src/engine/bundle.js'
import { planHost } from '../../src/plan/plan.js'
import { app, box, builds, built, PACKAGE, report } from '../plan/samples.js'

const folder = mkdtempSync(join(tmpdir(), 'slipway-bundle-'))
after(() => rmSync(folder, { recursive: true }))

const SETTINGS: GuardSettings = {
  guard: { activateMs: 240_000, confirmMs: 30_000, urlMs: 5000, escalate: undefined },
  policy: 'each',
  nonce: 'n0nce',
}
const DEPLOY: Activation = {
  kind: 'service',
  name: 'web',
  to: 1,
  expected: null,
  action: 'deploy',
  hooks: true,
}

describe('bundle', () => {
  const [plan] = planHost('nixie', builds(built(app({ env: { A: '1' } }))), report(), 'ann@laptop').services
  assert.ok(plan)

  let unpacked = 0
  /** Unpacks an archive; gives the text of one of its files. */
  function unpack(bytes: Uint8Array): { path: string; read: (name: string) => string } {
    unpacked += 1
    const path = join(folder, String(unpacked))
    mkdirSync(path)
    execFileSync('tar', ['-x', '-f', '-', '-C', path], { input: bytes })
    return { path, read: (name) => readFileSync(join(path, name), 'utf8') }
  }

  it('is a request and the releases that the host lacks', async () => {
    const files = [
      { path: 'views/a.html', content: Buffer.from('<p>'), executable: false },
      { path: 'bin/hook', content: Buffer.from('#!/bin/sh\n'), executable: true },
      { path: 'views/link', content: { link: 'a.html' }, executable: true },
    ]
    const { path, read } = unpack(
      await bundle(
        [
          DEPLOY,
          { kind: 'service', name: 'mail', to: 2, expected: 3, action: 'rollback', hooks: false },
          { kind: 'service', name: 'api', to: 5, expected: 5, action: 'restart', hooks: false },
          { kind: 'service', name: 'shop', to: 7, expected: 6, action: 'canary', percent: 5, hooks: true },
          { kind: 'service', name: 'forum', to: 9, expected: 8, action: 'promote', hooks: false },
        ],
        [{ plan, assets: { files, digest: 'd1gest' } }],
        SETTINGS,
      ),
    )
    assert.deepEqual(readdirSync(path).sort(), ['nonce', 'releases', 'request', 'settings'])
    assert.equal(
      read('request'),
      `service web 1 - deploy yes
service mail 2 3 rollback no
service api 5 5 restart no
service shop 7 6 canary:5 yes
service forum 9 8 promote no
`,
    )
    assert.equal(read('nonce'), 'n0nce\n')
    assert.equal(read('releases/web/1/package-path'), `${PACKAGE}\n`)
    for (const [file, text] of Object.entries(plan.release.files)) {
      assert.equal(read(`releases/web/1/${file}`), text)
    }
    assert.equal(read('releases/web/1/assets/views/a.html'), '<p>')
    assert.equal(lstatSync(join(path, 'releases/web/1/assets/bin/hook')).mode & 0o777, 0o755)
    assert.equal(readlinkSync(join(path, 'releases/web/1/assets/views/link')), 'a.html')
    assert.deepEqual(readdirSync(join(path, 'releases')), ['web'])
  })

  it('tells how systems are activated, and what is put back', async () => {
    const user = box({ user: 'ann', confirm: false, revert: false })
    const { path, read } = unpack(
      await bundle(
        [
          {
            kind: 'system',
            name: 'box',
            to: '/nix/store/a-box',
            expected: 7,
            action: 'deploy',
            generation: null,
            mode: 'switch',
            system: box(),
          },
          {
            kind: 'system',
            name: 'home',
            to: '/nix/store/b-home',
            expected: 9,
            action: 'rollback',
            generation: 8,
            mode: 'boot',
            system: { ...user, name: 'home', profileName: 'home' },
          },
        ],
        [],
        SETTINGS,
      ),
    )
    assert.equal(
      read('request'),
      `system box /nix/store/a-box deploy - switch root yes yes /nix/var/nix/profiles/system system
system home /nix/store/b-home rollback 8 boot ann no no - home
`,
    )
    assert.deepEqual(readdirSync(path).sort(), ['nonce', 'request', 'settings'])
  })

  /** The guard's settings as the host gets them. */
  async function settings(own: Partial<GuardSettings>): Promise<string> {
    return unpack(await bundle([DEPLOY], [], { ...SETTINGS, ...own })).read('settings')
  }

  it('tells the guard its limits in whole seconds, never shorter', async () => {
    assert.equal(await settings({}), 'policy=each\nactivate=240\nconfirm=30\n')
    const guard = { ...SETTINGS.guard, activateMs: 1001, confirmMs: 1 }
    assert.equal(await settings({ guard, policy: 'all' }), 'policy=all\nactivate=2\nconfirm=1\nhold=2\n')
  })

  it('tells what to do when the network stays away', async () => {
    const escalate = { networkMs: 60_000, units: ['a.service', 'b@*.service'], rebootMs: 90_500 }
    assert.equal(
      await settings({ guard: { ...SETTINGS.guard, escalate } }),
      `policy=each
activate=240
confirm=30
escalate_network=60
escalate_units=a.service b@*.service
escalate_reboot=91
`,
    )
  })

  it('tells nothing of units and a reboot where none are wanted', async () => {
    const escalate = { networkMs: 60_000, units: undefined, rebootMs: undefined }
    assert.equal(
      await settings({ guard: { ...SETTINGS.guard, escalate } }),
      'policy=each\nactivate=240\nconfirm=30\nescalate_network=60\nescalate_units=\nescalate_reboot=\n',
    )
  })

  it('tells of a reboot at once', async () => {
    const escalate = { networkMs: 60_000, units: undefined, rebootMs: 0 }
    assert.match(await settings({ guard: { ...SETTINGS.guard, escalate } }), /^escalate_reboot=0$/m)
  })

  it('is the same for the same releases', async () => {
    const make = () => bundle([DEPLOY], [{ plan, assets: null }], SETTINGS)
    assert.deepEqual(await make(), await make())
  })
})
