import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import { withAgent } from './agent-login.js'
import { cleanups } from './cleanups.js'
import { letGoOn, stopAt, untilEnded, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import type { Ended, Project } from './project.js'
import { deployNode, deployRs, systemProject } from './system-project.js'

/** Two nodes of a deploy-rs flake. Shorter limits than deploy-rs has, so that nobody waits long. */
const LIMITS = { confirmTimeout: 6, activationTimeout: 20 }

describe('two hosts', () => {
  const after = cleanups()
  let a: LabHost
  let b: LabHost
  let flake: Project
  let count = 0

  /** What each host is to be put into; versions are numbered, so that every deploy changes both. */
  const describeNodes = async (stateOfB: string) => {
    count += 1
    const node = (host: LabHost, state: string) =>
      deployNode(host, { system: { version: `v${count}`, state } }, LIMITS)
    await flake.write('nodes.json', JSON.stringify({ a: await node(a, 'good'), b: await node(b, stateOfB) }))
    return `v${count}`
  }
  const runs = async (host: LabHost) => {
    const links = await host.run(
      'readlink /run/current-system /nix/var/nix/profiles/system/bin/switch-to-configuration /boot-default',
    )
    const versions = new Set([...links.matchAll(/-nixos-system-box-(\w+)/g)].map((match) => match[1]))
    assert.equal(versions.size, 1, links)
    assert.equal((await host.get('any.example.test', '/system')).body.trim(), [...versions][0])
    return [...versions][0]
  }
  const together = () => deployRs('.', '--all-or-nothing')
  const bothRun = async (one: string, other: string) => {
    assert.deepEqual([await runs(a), await runs(b)], [one, other])
    await nothingLeft(a)
    await nothingLeft(b)
  }
  const fails = (ended: Ended, ...expected: RegExp[]) => {
    assert.equal(ended.code, 3, ended.text)
    for (const pattern of expected) assert.match(ended.text, pattern)
  }
  const finish = async (deploying: ReturnType<Project['start']>): Promise<Ended> => {
    const { exitCode, stdout, stderr, all } = await deploying
    return { code: exitCode ?? -1, stdout, stderr, text: all }
  }
  const said = (deploying: ReturnType<Project['start']>, what: string) =>
    new Promise<void>((resolve, reject) => {
      deploying.all.on('data', (chunk) => String(chunk).includes(what) && resolve())
      deploying.all.on('end', () => reject(new Error(`it ended without saying: ${what}`)))
    })
  let good = ''

  before(async () => {
    flake = await systemProject(after)
    ;[a, b] = await Promise.all([labHost('t-g-fleet-a', after), labHost('t-g-fleet-b', after)])
  })
  beforeEach(async () => {
    good = await describeNodes('good')
    const ended = await flake.slipway(...deployRs('.'))
    assert.equal(ended.code, 0, ended.text)
  })

  it('one fails: the other stays, as nobody asked for more', async () => {
    const next = await describeNodes('fails')
    fails(
      await flake.slipway(...deployRs('.')),
      /✓ a-system on a: generation \d+ is active/,
      /✗ b-system on b: .*exited with status 4/,
    )
    await bothRun(next, good)
  })

  it('all or nothing: one fails, and the other is not confirmed', async () => {
    await describeNodes('fails')
    const ended = await flake.slipway(...together())
    fails(ended, /✗ a-system on a: .* another host of this deploy failed, and it was to be all or nothing/)
    assert.match(ended.text, /✗ b-system on b: .*exited with status 4/)
    assert.doesNotMatch(ended.text, /a-system: confirmed/)
    await bothRun(good, good)
  })

  it('all or nothing: one locks itself out, and the other is not confirmed', async () => {
    await describeNodes('ssh-dropped')
    const ended = await flake.slipway(...together())
    fails(ended, /b: b-system: failed: nobody confirmed it over a new login within 6 s/)
    assert.doesNotMatch(ended.text, /a-system: confirmed/)
    await bothRun(good, good)
  })

  it('all or nothing: one can be reached only after it was put back, and the other is not confirmed', async () => {
    await describeNodes('ssh-dropped')
    await stopAt(b, 'undo-reverted')
    const deploying = flake.start(...together())
    await said(deploying, 'b: did not take the confirmation: nothing waits for a confirmation any more')
    await letGoOn(b, 'undo-reverted')
    const ended = await finish(deploying)
    fails(ended, /b: b-system: failed: nobody confirmed it over a new login within 6 s/)
    assert.doesNotMatch(ended.text, /a-system: confirmed/)
    await bothRun(good, good)
  })

  it('all or nothing: one that takes longer than others wait for a login is waited for', async () => {
    const next = await describeNodes('slow')
    const ended = await flake.slipway(...together())
    assert.equal(ended.code, 0, ended.text)
    await bothRun(next, next)
  })

  it('all or nothing: one loses its power right before it is confirmed, when the other has been', async () => {
    await describeNodes('good')
    await stopAt(b, 'confirm')
    const deploying = flake.start(...together())
    await untilStopped(b)
    await untilEnded(a)
    await b.powerOff()
    await b.boot()
    const ended = await finish(deploying)
    fails(
      ended,
      /a: a-system: confirmed/,
      /a: a-system: generation \d+ is active again/,
      /b: b-system: generation \d+ is active again/,
      /✗ a-system on a: .* it was to be all or nothing\n {2}Generation \d+ is active, as before/,
    )
    await bothRun(good, good)
  })

  it('all or nothing: what somebody else has made of the other meanwhile stays', async () => {
    await describeNodes('good')
    await stopAt(b, 'confirm')
    const deploying = flake.start(...together())
    await untilStopped(b)
    await untilEnded(a)
    const newer = await describeNodes('good')
    const other = await flake.slipway(...deployRs('.#a'))
    assert.equal(other.code, 0, other.text)
    const putBack = said(deploying, 'b: b-system: generation')
    const id = await b.run('ls /var/lib/slipway/guards')
    await withAgent(b, ({ agent }) => agent.call('abort', { id, reason: 'enough' }))
    await putBack
    await letGoOn(b, 'confirm')
    fails(
      await finish(deploying),
      /✗ a-system on a: .*\n {2}It was not put back: somebody else has changed it since/,
      /b: b-system: generation \d+ is active again/,
    )
    await bothRun(newer, good)
  })
})
