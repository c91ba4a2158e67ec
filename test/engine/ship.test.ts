import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { shipEarly, storeUrl } from '../../src/engine/ship.js'
import { app, built, builtBox, PACKAGE, SYSTEM } from '../plan/samples.js'

const SUDO = ['sudo', '-n']

describe('storeUrl', () => {
  it('names nix-store by its full path', () => {
    assert.equal(
      storeUrl(
        'root@nixie',
        { nixStore: '/nix/var/nix/profiles/default/bin/nix-store', became: false },
        SUDO,
      ),
      'ssh://root@nixie?remote-program=%2Fnix%2Fvar%2Fnix%2Fprofiles%2Fdefault%2Fbin%2Fnix-store',
    )
  })

  it('asks as root where the login is not', () => {
    assert.equal(
      storeUrl('ann@nixie', { nixStore: '/usr/bin/nix-store', became: true }, SUDO),
      'ssh://ann@nixie?remote-program=sudo%20-n%20%2Fusr%2Fbin%2Fnix-store',
    )
  })

  it('becomes root as the config says', () => {
    assert.equal(
      storeUrl('ann@nixie', { nixStore: '/usr/bin/nix-store', became: true }, ['doas', '-u', 'root']),
      'ssh://ann@nixie?remote-program=doas%20-u%20root%20%2Fusr%2Fbin%2Fnix-store',
    )
  })

  it('leaves it to the host’s PATH where it was not found', () => {
    assert.equal(
      storeUrl('nixie', { nixStore: null, became: false }, SUDO),
      'ssh://nixie?remote-program=nix-store',
    )
  })
})

describe('shipEarly', () => {
  let folder: string
  const path = process.env.PATH
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-ship-'))
    // A Nix that writes down what it was called with.
    writeFileSync(join(folder, 'nix'), '#!/bin/sh\necho "$NIX_SSHOPTS" "$@" >>"$0.log"\nexit $NIX_FAILS\n')
    chmodSync(join(folder, 'nix'), 0o755)
    process.env.PATH = `${folder}:${path}`
  })
  after(() => {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  })

  const host = { become: SUDO, substitutes: false }
  const prepared = (services: string[], systems: string[]) => ({
    services: services.map((out) => ({ built: built(app(), { package: out }), assets: null })),
    systems: systems.map((out) => builtBox(out)),
  })
  const login = (own: { became?: boolean; key?: { service: string; name: string } } = {}) => ({
    host: 'nixie',
    destination: 'nixie',
    sshOptions: () => ['-o', 'ControlPath=/run/x'],
    agent: { hello: { contract: 1, version: '', bundle: '', became: false, key: null, ...own } },
  })
  const tell = () => undefined
  const called = () => {
    const log = readFileSync(join(folder, 'nix.log'), 'utf8').trim().split('\n')
    rmSync(join(folder, 'nix.log'))
    return log
  }

  it('copies everything, built by this run or not, over the login', async () => {
    assert.equal(await shipEarly({ tell }, login(), prepared([PACKAGE, PACKAGE], [SYSTEM.next]), host), true)
    assert.deepEqual(called(), [
      `-o ControlPath=/run/x copy --extra-experimental-features nix-command flakes --no-check-sigs --to ssh://nixie?remote-program=nix-store ${PACKAGE} ${SYSTEM.next}`,
    ])
  })

  it('leaves it for later where the login is not root’s, or has a key for one service', async () => {
    const key = { service: 'web', name: 'ci' }
    for (const own of [{ became: true }, { key }]) {
      assert.equal(await shipEarly({ tell }, login(own), prepared([PACKAGE], []), host), false)
    }
    assert.throws(called, { code: 'ENOENT' })
  })

  it('leaves it for later where it fails', async () => {
    process.env.NIX_FAILS = '1'
    try {
      assert.equal(await shipEarly({ tell }, login(), prepared([PACKAGE], []), host), false)
    } finally {
      delete process.env.NIX_FAILS
    }
    assert.equal(called().length, 1)
  })
})
