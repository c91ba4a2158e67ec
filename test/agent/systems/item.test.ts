import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ItemProblem } from '../../../src/agent/activation/item.js'
import { failedPaths } from '../../../src/agent/systems/history.js'
import type { SystemMode } from '../../../src/contract/activation.js'
import { type SystemHost, systemHost } from './system-host.js'

let host: SystemHost
beforeEach(() => {
  host = systemHost()
})
afterEach(() => host.remove())

const problem = (message: string) => (error: unknown) => {
  assert.ok(error instanceof ItemProblem, String(error))
  assert.equal(error.message, message)
  return true
}
/** A host with two generations, of which the first is active; `running` runs. */
function withTwo(running = 'one'): { one: string; two: string } {
  const [one, two] = [host.nixos('one'), host.nixos('two')]
  host.set(host.places.profile, one)
  host.set(host.places.profile, two)
  host.set(host.places.profile, one)
  symlinkSync(running === 'one' ? one : two, host.places.running)
  return { one, two }
}
const generation = () => readlinkSync(host.places.profile).replace(/^system-|-link$/g, '')

describe('prepare', () => {
  it('puts on record what is there, and keeps it and what comes from the collector', async () => {
    const { one } = withTwo()
    const three = host.nixos('three')
    const { record, dir } = await host.work({ to: three, mode: 'boot' })
    assert.deepEqual(
      { ...record, began: 0 },
      {
        version: 1,
        kind: 'system',
        name: 'box',
        action: 'deploy',
        to: three,
        from: '1',
        began: 0,
        generation: null,
        mode: 'boot',
        user: 'root',
        profile: host.places.profile,
        running: one,
        confirm: true,
        revert: true,
      },
    )
    assert.deepEqual(host.ran, [`nix-store --realise ${one} ${three} --add-root ${dir}/root --indirect`])
  })

  it('finds nothing on a host that has nothing', async () => {
    const { record } = await host.work({ to: '/nowhere' })
    assert.deepEqual([record.from, record.running, host.ran], [null, null, []])
  })
})

describe('refusal', () => {
  const refusal = async (to: string, user = 'root') => host.kind.refusal(await host.work({ to, user }))

  it('of what is not there', async () =>
    assert.equal(await refusal('/nowhere'), '/nowhere is not in the Nix store'))
  it('of what is no system', async () => {
    const path = host.store('book', {})
    assert.equal(
      await refusal(path),
      `${path} has neither bin/switch-to-configuration nor deploy-rs-activate: it is no system`,
    )
  })
  it('of a user that is not there', async () =>
    assert.equal(await refusal(host.nixos('one'), 'bob'), 'the host has no user bob'))
  it('of nothing that can be activated', async () => {
    assert.equal(await refusal(host.nixos('one')), undefined)
    assert.equal(await refusal(host.store('home', { 'deploy-rs-activate': '' }), 'ann'), undefined)
  })
})

describe('activate', () => {
  const activates = async (parts: Parameters<SystemHost['work']>[0], expected: string[]) => {
    const work = await host.work(parts)
    await host.kind.activate(work)
    assert.deepEqual(host.done(), expected)
    return work
  }
  const fails = async (parts: Parameters<SystemHost['work']>[0], message: string) => {
    const work = await host.work(parts)
    await assert.rejects(host.kind.activate(work), problem(message))
    return work
  }

  it('makes it the next generation, and switches to it', async () => {
    withTwo()
    const work = await activates({ to: host.nixos('three') }, ['nix-env system --set three', 'three switch'])
    assert.deepEqual([work.steps, work.told, generation()], [['profile', 'activate'], [], '3'])
    assert.equal(await host.kind.became(work), '3')
  })

  it('goes to a generation that is there', async () => {
    const { two } = withTwo()
    await activates({ to: two, generation: 2 }, ['nix-env system --switch-generation 2', 'two switch'])
  })

  it('from the next boot on', async () => {
    await activates({ to: host.nixos('one'), mode: 'boot' }, ['nix-env system --set one', 'one boot'])
  })

  it('until the next boot, without a generation', async () => {
    withTwo()
    const work = await activates({ to: host.nixos('three'), mode: 'test' }, ['three test'])
    assert.deepEqual([work.steps, generation()], [['profile', 'activate'], '1'])
    assert.equal(await host.kind.became(work), null)
  })

  it('tells of another kernel', async () => {
    const [one, two] = [host.nixos('one'), host.nixos('two')]
    symlinkSync(host.store('linux-1', {}), join(one, 'kernel'))
    symlinkSync(host.store('linux-2', {}), join(two, 'kernel'))
    symlinkSync(one, host.places.booted)
    const { told } = await activates({ to: two }, ['nix-env system --set two', 'two switch'])
    assert.deepEqual(told, ['reboot-needed'])
  })

  it('by deploy-rs, in the profile and with what it is to do', async () => {
    const script = 'echo "$PWD $PROFILE $BOOT $DRY_ACTIVATE" >>"$NOTES"'
    const home = host.store('home', { 'deploy-rs-activate': script })
    const profile = join(host.folder, 'home/ann/profile')
    const parts = { to: home, user: 'ann', profile, profileName: 'home' }
    await activates(parts, ['nix-env profile --set home', `${home} ${profile} 0 0`])
    assert.match(
      host.ran.at(-1) ?? '',
      /^runuser -u ann -- env HOME=.*\/home\/ann USER=ann .* env -C .*home PROFILE=/,
    )
    await activates({ ...parts, mode: 'boot' }, ['nix-env profile --set home', `${home} ${profile} 1 0`])
    rmSync(profile)
    await activates({ ...parts, mode: 'test' }, [`${home} ${home} 0 0`])
  })

  it('by NixOS itself for a test, of which deploy-rs knows nothing', async () => {
    const both = host.store('both', {
      'bin/switch-to-configuration': 'echo "nixos $1" >>"$NOTES"',
      'deploy-rs-activate': 'echo "deploy-rs" >>"$NOTES"',
    })
    await activates({ to: both, mode: 'test' }, ['nixos test'])
    await activates({ to: both }, ['nix-env system --set both', 'deploy-rs'])
  })

  it('fails with its status; what it said explains it', async () => {
    const lines = 'for n in $(seq 30); do echo "line $n"; done; echo failed units: forum >&2; exit 4'
    const work = await fails({ to: host.nixos('one', lines) }, 'its activation exited with status 4')
    const explained = (await host.kind.explain(work)).split('\n')
    assert.deepEqual(
      [explained.length, explained.at(0), explained.at(-1)],
      [20, 'line 12', 'failed units: forum'],
    )
    assert.match(host.logged.join('\n'), /^line 1\n[\s\S]*failed units: forum$/)
  })

  it('fails where a signal ends it', async () => {
    await fails({ to: host.nixos('one', 'kill -9 $$') }, 'its activation was killed')
  })

  it('fails where it takes too long, with all that it started', async () => {
    const work = await host.work({ to: host.nixos('one', 'sleep 60 & echo waits; wait') })
    work.guard = { ...work.guard, activateMs: 300 }
    await assert.rejects(host.kind.activate(work), problem('its activation took longer than 0.3 s'))
    assert.equal(await host.kind.explain(work), 'waits')
  })

  it('does not wait for what it leaves running', async () => {
    const work = await host.work({ to: host.nixos('one', 'sleep 20 & echo $! >"$NOTES.pid"') })
    await host.kind.activate(work)
    process.kill(Number(readFileSync(join(host.folder, 'notes.pid'), 'utf8')))
  })

  it('fails where the profile can not be set', async () => {
    withTwo()
    const { steps } = await fails(
      { to: host.nixos('three'), generation: 7 },
      `the profile ${host.places.profile} could not be set: error: generation 7 does not exist`,
    )
    assert.deepEqual([steps, host.done()], [['profile'], ['nix-env system --switch-generation 7']])
  })

  it('stops between two steps where it is asked to', async () => {
    const work = await host.work({ to: host.nixos('one') })
    const asked = new AbortController()
    const step = work.step
    await assert.rejects(
      host.kind.activate({
        ...work,
        signal: asked.signal,
        step: async (name) => {
          await step(name)
          if (name === 'activate') asked.abort('ann wants it to stop')
        },
      }),
      problem('ann wants it to stop'),
    )
    assert.deepEqual(host.done(), ['nix-env system --set one'])
  })
})

describe('undo', () => {
  /** Activates a third system, which then is put back. */
  const undone = async (mode: SystemMode, running = 'one') => {
    withTwo(running)
    const work = await host.work({ to: host.nixos('three'), mode })
    await host.kind.activate(work)
    host.done()
    await host.kind.undo(work)
    return work
  }

  it('goes back to the generation that was active, which ran', async () => {
    const { steps } = await undone('switch')
    assert.deepEqual(host.done(), ['nix-env system --switch-generation 1', 'one switch'])
    assert.deepEqual([steps.slice(2), generation()], [['profile', 'activate'], '1'])
  })

  it('goes back to what ran, and to what was to boot', async () => {
    await undone('switch', 'two')
    assert.deepEqual(host.done(), ['nix-env system --switch-generation 1', 'two test', 'one boot'])
  })

  it('of what was to boot', async () => {
    await undone('boot', 'two')
    assert.deepEqual(host.done(), ['nix-env system --switch-generation 1', 'one boot'])
  })

  it('of a test', async () => {
    await undone('test', 'two')
    assert.deepEqual(host.done(), ['two test'])
  })

  it('of the first generation leaves none', async () => {
    const work = await host.work({ to: host.nixos('one') })
    await host.kind.activate(work)
    host.done()
    await host.kind.undo(work)
    assert.deepEqual(host.done(), [])
    assert.throws(generation, { code: 'ENOENT' })
  })

  it('can be done again', async () => {
    const work = await undone('switch')
    host.done()
    await host.kind.undo(work)
    assert.deepEqual(host.done(), ['one switch'])
  })

  it('names the generation that can not be put back', async () => {
    withTwo()
    const work = await host.work({ to: host.nixos('three') })
    await host.kind.activate(work)
    rmSync(`${host.places.profile}-1-link`)
    host.done()
    await assert.rejects(
      host.kind.undo(work),
      problem(
        `generation 1 of ${host.places.profile} could not be put back: error: generation 1 does not exist`,
      ),
    )
    assert.deepEqual(host.done(), ['nix-env system --switch-generation 1'])
  })

  it('names the system that does not become active again, by its status', async () => {
    const { one } = withTwo()
    const work = await host.work({ to: host.nixos('three') })
    await host.kind.activate(work)
    host.nixos('one', 'exit 1')
    await assert.rejects(
      host.kind.undo(work),
      problem(`activating ${one} again failed: it exited with status 1`),
    )
    host.nixos('one', 'echo no room >&2; exit 1')
    await assert.rejects(host.kind.undo(work), problem(`activating ${one} again failed: no room`))
  })

  it('is not kept by a disk that is full', async () => {
    withTwo()
    const work = await host.work({ to: host.nixos('three') })
    await host.kind.activate(work)
    const full = async () => {
      throw new Error('ENOSPC: no space left on device')
    }
    const files = { ...work.agent.files, touch: full, write: full, append: full }
    await host.kind.undo({ ...work, agent: { ...work.agent, files } })
    assert.equal(generation(), '1')
  })
})

describe('holds', () => {
  it('where it is, and where it was', async () => {
    withTwo()
    const { agent, record } = await host.work({ to: host.nixos('three') })
    assert.equal(await host.kind.holds(agent, record), true)
    host.set(host.places.profile, host.nixos('three'))
    assert.equal(await host.kind.holds(agent, record), true)
    host.set(host.places.profile, host.nixos('four'))
    assert.equal(await host.kind.holds(agent, record), false)
    assert.equal(await host.kind.holds(agent, { ...record, mode: 'test' }), true)
  })
  it('where nothing was, and nothing is', async () => {
    const { agent, record } = await host.work({ to: host.nixos('one') })
    assert.equal(await host.kind.holds(agent, record), true)
    host.set(host.places.profile, host.nixos('two'))
    assert.equal(await host.kind.holds(agent, record), false)
  })
})

describe('log', () => {
  it('writes what it wrote before there was an agent, and reads that', async () => {
    withTwo()
    const work = await host.work({ to: host.nixos('three') })
    await host.kind.log(work, 'good')
    const path = join(host.agent.places.systems, 'box/log')
    const { at, seconds, ...rest } = JSON.parse(readFileSync(path, 'utf8'))
    assert.deepEqual(rest, {
      action: 'deploy',
      path: work.record.to,
      generation: '1',
      from: '1',
      by: 'ann@laptop',
      result: 'good',
    })
    assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.ok(seconds >= 0 && seconds < 5)
  })

  it('tells which systems were not good when they were last activated', async () => {
    mkdirSync(join(host.agent.places.systems, 'box'), { recursive: true })
    const line = (path: string, result: string) =>
      `{"at":"2025-01-01T00:00:00Z","action":"deploy","path":"${path}","generation":null,"from":"1","by":"a","seconds":0.05,"result":"${result}"}\n`
    await host.agent.files.append(
      join(host.agent.places.systems, 'box/log'),
      [
        line('/a', 'failed'),
        line('/b', 'good'),
        line('/c', 'revert-failed'),
        line('/a', 'good'),
        line('/b', 'refused'),
        line('/d', 'refused'),
      ].join(''),
    )
    assert.deepEqual(await failedPaths(host.agent, 'box'), new Set(['/c']))
    assert.deepEqual(await failedPaths(host.agent, 'other'), new Set())
  })
})
