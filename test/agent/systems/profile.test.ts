import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { accountOf, asUser } from '../../../src/agent/systems/account.js'
import { generationOf, needsReboot, profileOf, runningOf } from '../../../src/agent/systems/profile.js'
import { endedWith, testAgent } from '../test-agent.js'
import { type SystemHost, systemHost } from './system-host.js'

let host: SystemHost
beforeEach(() => {
  host = systemHost()
})
afterEach(() => host.remove())

describe('profileOf', () => {
  const of = (user: string, profileName: string, profile: string | null = null) =>
    profileOf(host.agent, { user, profileName, profile }, host.places)

  it('is what the config says', async () =>
    assert.equal(await of('ann', 'home', '/some/profile'), '/some/profile'))
  it("is root's system", async () => assert.equal(await of('root', 'system'), host.places.profile))
  it('is another of root', async () =>
    assert.equal(await of('root', 'web'), join(host.places.perUser, 'root/web')))
  it('is in the home of a user', async () =>
    assert.equal(await of('ann', 'home'), join(host.folder, 'home/ann/.local/state/nix/profiles/home')))
  it('is where an older Nix has made a folder for a user', async () => {
    mkdirSync(join(host.places.perUser, 'ann'), { recursive: true })
    assert.equal(await of('ann', 'home'), join(host.places.perUser, 'ann/home'))
  })
  it('is nowhere for whom the host does not know', async () =>
    assert.equal(await of('bob', 'home'), undefined))
})

describe('accountOf', () => {
  const ldap = 'eve:*:2000:2000:Eve:/net/eve:/bin/sh\n'

  it('asks the name service for whom /etc/passwd lacks', async () => {
    const { agent, remove } = testAgent({ run: async () => endedWith(0, { stdout: ldap }) })
    assert.deepEqual(await accountOf(agent, 'eve', host.places), { name: 'eve', id: 2000, home: '/net/eve' })
    remove()
  })

  it('does not take a name service that fails for one that knows nobody', async () => {
    const { agent, remove } = testAgent({ run: async () => endedWith(1, { stderr: 'no answer' }) })
    await assert.rejects(accountOf(agent, 'eve', host.places), {
      message: 'the host could not look for the user eve: no answer',
    })
    remove()
  })

  it('runs a command as a user, and as root without more', () => {
    assert.deepEqual(asUser({ name: 'root', id: 0, home: '/root' }, ['true']), ['true'])
    assert.equal(
      asUser({ name: 'ann', id: 1000, home: '/home/ann' }, ['true']).join(' '),
      'runuser -u ann -- env HOME=/home/ann USER=ann LOGNAME=ann XDG_RUNTIME_DIR=/run/user/1000 true',
    )
  })
})

describe('generationOf', () => {
  it('is the number in the link', async () => {
    host.set(host.places.profile, host.nixos('one'))
    assert.equal(host.set(host.places.profile, host.nixos('two')), 2)
    assert.equal(await generationOf(host.places.profile), 2)
  })
  it('is none where nothing is', async () => assert.equal(await generationOf(host.places.profile), null))
  it('is none of what is no link of Nix', async () => {
    writeFileSync(join(host.folder, 'file'), '')
    symlinkSync(host.nixos('one-1.5'), join(host.folder, 'link'))
    assert.equal(await generationOf(join(host.folder, 'file')), null)
    assert.equal(await generationOf(join(host.folder, 'link')), null)
  })
})

describe('runningOf', () => {
  it('is what runs, which need not be what the profile is at', async () => {
    host.set(host.places.profile, host.nixos('one'))
    const two = host.nixos('two')
    symlinkSync(two, host.places.running)
    assert.equal(await runningOf(host.places.profile, host.places), two)
  })

  it('is the folder in which deploy-rs wraps it', async () => {
    const system = host.nixos('one')
    const wrapped = host.store('activatable-one', { 'deploy-rs-activate': '' })
    mkdirSync(join(wrapped, 'bin'))
    symlinkSync(join(system, 'bin/switch-to-configuration'), join(wrapped, 'bin/switch-to-configuration'))
    host.set(host.places.profile, wrapped)
    symlinkSync(system, host.places.running)
    assert.equal(await runningOf(host.places.profile, host.places), wrapped)
  })

  it('is unknown where nothing runs, and of other profiles', async () => {
    host.set(host.places.profile, host.nixos('one'))
    assert.equal(await runningOf(host.places.profile, host.places), null)
    symlinkSync(host.nixos('one'), host.places.running)
    assert.equal(await runningOf('/some/profile', host.places), null)
  })
})

describe('needsReboot', () => {
  const system = (name: string, kernel?: string) => {
    const path = host.nixos(name)
    if (kernel !== undefined) symlinkSync(host.store(kernel, {}), join(path, 'kernel'))
    return path
  }
  const needs = (booted: string, wanted: string) => {
    symlinkSync(booted, host.places.booted)
    return needsReboot(host.places.profile, wanted, host.places)
  }

  it('with another kernel', async () =>
    assert.equal(await needs(system('one', 'linux-1'), system('two', 'linux-2')), true))
  it('not with the same', async () =>
    assert.equal(await needs(system('one', 'linux-1'), system('two', 'linux-1')), false))
  it('where only one has one', async () =>
    assert.equal(await needs(system('one'), system('two', 'linux-1')), true))
  it('not in a container, which has none', async () =>
    assert.equal(await needs(system('one'), system('two')), false))
  it('not where nobody knows what was booted, nor for other profiles', async () => {
    assert.equal(await needsReboot(host.places.profile, system('one', 'linux-1'), host.places), false)
    symlinkSync(system('two', 'linux-2'), host.places.booted)
    assert.equal(await needsReboot('/some/profile', system('one'), host.places), false)
  })
})
