import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { listFolder } from '../../../src/agent/files.js'
import { dryActivate } from '../../../src/agent/systems/dry-activate.js'
import { reportSystem } from '../../../src/agent/systems/report.js'
import { type SystemHost, systemHost } from './system-host.js'

let host: SystemHost
beforeEach(() => {
  host = systemHost()
})
afterEach(() => host.remove())

const ROOTS = { name: 'box', user: 'root', profileName: 'system', profile: null }
const report = (system = ROOTS) => reportSystem(host.agent, system, host.places)

describe('reportSystem', () => {
  it('tells of all generations, in the order of their numbers', async () => {
    const paths = Array.from({ length: 11 }, (_, index) => host.nixos(`v${index + 1}`))
    for (const path of paths) host.set(host.places.profile, path)
    host.set(`${host.places.profile}-old`, paths[0] ?? '')
    symlinkSync(paths[1] ?? '', host.places.running)
    const work = await host.work({ to: paths[2] ?? '' })
    await host.kind.log(work, 'failed')
    const found = await report()
    assert.deepEqual(
      found.generations.map(({ number, path, good }) => [number, path, good]),
      paths.map((path, index) => [index + 1, path, index !== 2]),
    )
    assert.ok(found.generations.every(({ at }) => Math.abs(at - Date.now() / 1000) < 5))
    assert.deepEqual(
      { ...found, generations: [] },
      {
        name: 'box',
        profile: host.places.profile,
        generation: 11,
        path: paths[10],
        running: paths[1],
        needsReboot: false,
        activating: false,
        generations: [],
      },
    )
  })

  it('tells of a kernel that does not run yet', async () => {
    const system = host.nixos('one')
    symlinkSync(host.store('linux-1', {}), join(system, 'kernel'))
    host.set(host.places.profile, system)
    symlinkSync(system, host.places.running)
    symlinkSync(host.nixos('zero'), host.places.booted)
    assert.equal((await report()).needsReboot, true)
  })

  it('tells of an activation that is under way', async () => {
    const item = join(host.agent.places.guard('abc'), 'items/box')
    mkdirSync(item, { recursive: true })
    await host.agent.files.touch(join(item, 'state-prepared'))
    assert.equal((await report()).activating, false)
    await host.agent.files.move(join(item, 'state-prepared'), join(item, 'state-armed'))
    assert.equal((await report()).activating, true)
  })

  it('tells of nothing where nothing is', async () => {
    const nothing = {
      generation: null,
      path: null,
      running: null,
      needsReboot: false,
      activating: false,
      generations: [],
    }
    assert.deepEqual(await report(), { name: 'box', profile: host.places.profile, ...nothing })
    const bobs = await report({ ...ROOTS, user: 'bob', profileName: 'home' })
    assert.deepEqual(bobs, { name: 'box', profile: '', ...nothing })
  })

  it('fails where its history is damaged', async () => {
    host.set(host.places.profile, host.nixos('one'))
    const log = join(host.agent.places.systems, 'box/log')
    mkdirSync(join(log, '..'), { recursive: true })
    await host.agent.files.write(log, '{"at":\n')
    await assert.rejects(report(), {
      message: `the history in ${log} can't be read: this line of it is damaged: {"at":`,
    })
  })
})

describe('dryActivate', () => {
  it('tells what the system says, and how it ended', async () => {
    const path = host.nixos('one', 'echo would restart it; echo careful >&2; exit 3')
    assert.deepEqual(await dryActivate(host.agent, { path, user: 'root' }, host.places), {
      output: 'would restart it\ncareful\n',
      status: 3,
    })
    assert.deepEqual(host.done(), ['one dry-activate'])
    assert.deepEqual(await listFolder(host.agent.places.run), [])
  })

  it('asks deploy-rs for no more', async () => {
    const path = host.store('home', { 'deploy-rs-activate': 'echo "$PROFILE $BOOT $DRY_ACTIVATE"' })
    const { output } = await dryActivate(host.agent, { path, user: 'ann' }, host.places)
    assert.equal(output, `${path} 0 1\n`)
  })

  it('fails for what is no system', async () => {
    await assert.rejects(dryActivate(host.agent, { path: '/nowhere', user: 'root' }, host.places), {
      message: '/nowhere is not in the Nix store',
    })
  })
})
