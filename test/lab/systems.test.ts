import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import type { Ended, Project } from './project.js'
import { activations, type Box, describeBox, systemConfig, systemProject } from './system-project.js'

/** A stand-in for a NixOS system: see test/fixtures/system. */
describe('a system of the config', () => {
  const after = cleanups()
  let host: LabHost
  let boxes: Project

  const deploy = async (box: Box, ...words: string[]) => {
    await describeBox(boxes, box)
    return boxes.slipway('deploy', ...words)
  }
  const deploys = async (box: Box, expected: RegExp, ...words: string[]) => {
    const ended = await deploy(box, ...words)
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.text, expected)
    await nothingLeft(host)
    return ended
  }
  const fails = async (box: Box, expected: RegExp[], ...words: string[]): Promise<Ended> => {
    const ended = await deploy(box, ...words)
    assert.equal(ended.code, 3, ended.text)
    for (const pattern of expected) assert.match(ended.text, pattern)
    await nothingLeft(host)
    return ended
  }
  const configure = (options = '') =>
    boxes.write('slipway.config.ts', systemConfig(host.name, `confirm: '8s'`, options))
  /** The generation, and the versions that run and that would boot. */
  const state = async () => {
    const links = 'readlink /nix/var/nix/profiles/system /run/current-system /boot-default'
    const [generation = '', ...systems] = (await host.run(links)).split('\n')
    const served = (await host.get('any.example.test', '/system')).body.trim()
    const versions = systems.map((path) => path.replace(/.*-nixos-system-box-/, ''))
    assert.equal(served, versions[0])
    return [generation.replace(/^system-|-link$/g, ''), ...versions].join(' ')
  }
  const generations = () => host.run('ls /nix/var/nix/profiles | grep -c "^system-.*-link$"')

  before(async () => {
    host = await labHost('t-g-systems', after)
    boxes = await systemProject(after)
    await configure()
  })

  it('whose first activation fails leaves nothing', async () => {
    const { text } = await fails({ version: 'zero', state: 'fails' }, [
      /✗ box on web: the new generation is not good: its activation exited with status 4/,
      /warning: the following units failed: forum\.service/,
      /Nothing is active in its place: it had no generation before/,
    ])
    assert.doesNotMatch(text, /undefined|null/)
    assert.equal(await host.run('ls -d /nix/var/nix/profiles/system || true'), '')
    await host.run('rm /run/current-system /boot-default')
  })

  it('is planned, deployed, and unchanged after that', async () => {
    await describeBox(boxes, { version: 'one' })
    const planned = await boxes.slipway('plan')
    assert.match(planned.stdout, /\+ box: new\n {6}system \w{6}…-nixos-system-box-one$/m)
    await deploys({ version: 'one' }, /✓ box on web: generation 2 is active/)
    assert.match((await boxes.slipway('plan')).stdout, /= box: unchanged, generation 2$/m)
    await deploys({ version: 'one' }, /= box on web: unchanged, generation 2 is active/)
    assert.deepEqual(await activations(host), ['root switch zero', 'root switch one'])
  })

  it('that changed is planned as such, and deployed', async () => {
    await describeBox(boxes, { version: 'two' })
    assert.match(
      (await boxes.slipway('plan')).stdout,
      /~ box: changed, generation 2\n.*-box-one → \w{6}…-nixos-system-box-two$/m,
    )
    await deploys({ version: 'two' }, /✓ box on web: generation 3 is active/)
    assert.equal(await state(), '3 two two')
  })

  it('goes back to the generation that was active, not to the one before; none is deleted', async () => {
    const back = await boxes.slipway('rollback')
    assert.equal(back.code, 0, back.text)
    assert.match(back.text, /✓ box on web: generation 2 is active/)
    assert.equal(await state(), '2 one one')
    await fails({ version: 'three', state: 'fails' }, [/Generation 2 is active, as before/])
    assert.equal(await state(), '2 one one')
    await fails({ version: 'four', state: 'sshd-stopped' }, [
      /generation 5 is not good/,
      /Generation 2 is active/,
    ])
    assert.equal(await state(), '2 one one')
    assert.equal(await generations(), '5')
  })

  it('is listed with its generations, and what was wrong with them', async () => {
    const rows = JSON.parse((await boxes.slipway('releases', '--json')).stdout)
    assert.deepEqual(
      rows.map(({ release, current, good }: Record<string, unknown>) => [release, current, good]),
      [
        [1, false, false],
        [2, true, true],
        [3, false, true],
        [4, false, false],
        [5, false, false],
      ],
    )
    assert.match((await boxes.slipway('releases', 'box')).stdout, /web +box +2 +current .*\nweb +box +3 +-/)
    assert.match((await boxes.slipway('status')).stdout, /web +box +2 +- +active/)
    const forward = await boxes.slipway('rollback', 'box', '3')
    assert.equal(forward.code, 0, forward.text)
    assert.equal(await state(), '3 two two')
    // Generation 2 is the good one before 3, and nothing good comes before it.
    assert.equal((await boxes.slipway('rollback')).code, 0)
    const none = await boxes.slipway('rollback')
    assert.equal(none.code, 3)
    assert.match(none.text, /no good generation came before 2/)
  })

  it('that failed can be deployed again, as the same generation', async () => {
    await host.run('echo sshd-stopped >/run/state')
    await fails({ version: 'told', state: 'told' }, [/generation 6 is not good/, /Generation 2 is active/])
    await host.run('echo good >/run/state')
    await deploys({ version: 'told', state: 'told' }, /✓ box on web: generation 6 is active/)
    assert.equal(await state(), '6 told told')
  })

  it('that is what its profile holds already, but fails, is not deleted: what ran runs again', async () => {
    await host.run(
      '/nix/var/nix/profiles/system-3-link/bin/switch-to-configuration test && echo sshd-stopped >/run/state',
    )
    assert.match((await boxes.slipway('status')).stdout, /active at the next boot; another system runs/)
    await fails({ version: 'told', state: 'told' }, [
      /generation 6 is not good: nobody confirmed/,
      /Generation 6 is active/,
    ])
    assert.equal(await state(), '6 two told')
    assert.equal(await generations(), '6')
    await host.run('echo good >/run/state')
    await deploys({ version: 'told', state: 'told' }, /✓ box on web: generation 6 is active/)
  })

  it('--dry-activate shows what would be done', async () => {
    const before_ = await activations(host)
    await deploys(
      { version: 'dry' },
      /what activating box would do:\n {2}would activate system dry/,
      '--dry-activate',
    )
    assert.equal(await state(), '6 told told')
    assert.deepEqual(await activations(host), [...before_, 'root dry-activate dry'])
  })

  it('--test makes it active until the next boot', async () => {
    await deploys(
      { version: 'seven' },
      /✓ box on web: the new system is active until the next boot/,
      '--test',
    )
    assert.equal(await state(), '6 seven told')
    await fails({ version: 'eight', state: 'fails' }, [/the new system is not good/], '--test')
    assert.equal(await state(), '6 seven told')
  })

  it('--boot makes it active from the next boot on', async () => {
    await fails(
      { version: 'nine', state: 'no-boot' },
      [/exited with status 1/, /the boot partition is full/],
      '--boot',
    )
    assert.equal(await state(), '6 seven told')
    const boot = /✓ box on web: generation 8 is active from the next boot on/
    await deploys({ version: 'ten' }, boot, '--boot')
    assert.equal(await state(), '8 seven ten')
    assert.match((await boxes.slipway('status')).stdout, /active at the next boot; another system runs/)
    await deploys({ version: 'ten' }, /= box on web: unchanged/, '--boot')
    await deploys({ version: 'ten' }, /✓ box on web: generation 8 is active/)
    assert.equal(await state(), '8 ten ten')
  })

  it('with another kernel tells that it wants a reboot', async () => {
    await host.run('ln -sfn $(readlink /run/current-system) /run/booted-system')
    const same = await deploys({ version: 'eleven' }, /✓ box on web: generation 9 is active/)
    assert.doesNotMatch(same.text, /reboot/)
    const other = await deploys({ version: 'twelve', kernel: '2' }, /generation 10 is active/)
    assert.match(other.text, /note: its kernel comes into use with the next reboot/)
    assert.match((await boxes.slipway('status')).stdout, /active, needs a reboot/)
  })

  it('that does not end is killed, and put back', async () => {
    await configure(`guard: { activate: '2s' }`)
    await fails({ version: 'hanging', state: 'hangs' }, [
      /its activation took longer than 2 s/,
      /waiting for a disk that never comes/,
      /Generation 10 is active, as before/,
    ])
    assert.equal(await state(), '10 twelve twelve')
    await configure()
  })
})
