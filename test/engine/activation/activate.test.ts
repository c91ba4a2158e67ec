import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { extract } from 'tar-stream'
import type { ApplyRequest } from '../../../src/contract/activation.js'
import { CallFailed, failed } from '../../../src/contract/failure.js'
import { activate } from '../../../src/engine/activation/activate.js'
import type { Activation } from '../../../src/engine/activation/activation.js'
import { LockedError } from '../../../src/engine/host-error.js'
import { ExitCode, SlipwayError } from '../../../src/errors.js'
import { type TestEngine, testEngine } from '../engine.js'
import { begin, type FakeHost, fakeHost, goWell, revert } from '../fake-host.js'
import { activationOf, systemActivation } from './samples.js'

/** Has a host do something, and tells how that went. */
async function activated(host: FakeHost, activation: Activation = activationOf(), engine = testEngine(host)) {
  const login = await host.login('main')
  const { outcomes } = await activate(engine, { host: host.config, login }, activation)
  login.close()
  assert.equal(host.open(), 0, 'a login stayed open')
  return { engine, outcomes, lines: engine.lines() }
}

const GOOD = [
  'nixie: web: starting release 4',
  'nixie: web: checking its health',
  'nixie: web: active, not confirmed yet',
  'nixie: confirming over a new login; without it everything is put back in 30 s',
  'nixie: web: confirmed',
]

describe('activate', () => {
  it('applies, confirms over a login of its own, and acknowledges the end', async () => {
    const host = fakeHost()
    const { outcomes, lines } = await activated(host)
    assert.deepEqual(lines, GOOD)
    assert.deepEqual(outcomes, [
      {
        ...{ host: 'nixie', kind: 'service', name: 'web', result: 'deployed', release: 4, previous: 3 },
        ...{ serving: 4, reason: null, journal: null, notes: [] },
      },
    ])
    assert.deepEqual(host.verbs(), ['main-1 apply', 'fresh-1 reach', 'fresh-1 confirm', 'main-1 acknowledge'])
  })

  it('sends what the host is to do as data, and shipped files beside it', async () => {
    const host = fakeHost()
    const assets = {
      digest: 'd1',
      files: [
        { path: 'views/a.html', content: Buffer.from('<p>'), executable: false },
        { path: 'bin/hook', content: Buffer.from('#!/bin/sh\n'), executable: true },
        { path: 'views/link', content: { link: 'a.html' }, executable: true },
      ],
    }
    const activation = activationOf()
    const [release] = activation.releases
    assert.ok(release)
    const value = { service: 'web', name: 'URL', version: 'ab.cred', value: 'eA==' }
    const secrets = { values: [value], keys: [{ service: 'web', key: 'ff' }] }
    await activated(host, { ...activation, releases: [{ ...release, assets }], secrets })
    const request = host.calls[0]?.params as ApplyRequest
    const { id, nonce, who, ...rest } = request
    assert.match(id, /^[0-9a-f]{16}$/)
    assert.match(nonce, /^[0-9a-f]{32}$/)
    assert.match(who, /^\S+@\S+$/)
    const { closure } = release
    const manifest: unknown = JSON.parse(JSON.stringify(release.manifest))
    assert.deepEqual(rest, {
      what: 'deploy web',
      guard: { policy: 'each', activateMs: 240_000, confirmMs: 30_000, holdMs: 0, escalate: null },
      items: [{ kind: 'service', name: 'web', to: 4, expected: 3, action: 'deploy', hooks: true }],
      releases: [{ number: 4, manifest, closure, assets: 1 }],
      secrets: [value],
      secretKeys: [{ service: 'web', key: 'ff' }],
    })
    assert.deepEqual(await entries(host.uploads.get(1)), [
      ['views/a.html', 'file', 0o644, '<p>'],
      ['bin/hook', 'file', 0o755, '#!/bin/sh\n'],
      ['views/link', 'symlink', 0o644, 'a.html'],
    ])
  })

  it('tells why a release is not good, and confirms nothing', async () => {
    const host = fakeHost({
      play: async (played) => {
        await played.tell('web', 'starting', '4')
        await played.tell('web', 'checking')
        await played.tell('web', 'failed', 'GET / answered 500')
        await played.tell('web', 'journal', 'panic')
        await played.tell('web', 'reverted', '3')
      },
    })
    const { outcomes, lines } = await activated(host)
    assert.deepEqual(lines.slice(2), [
      'nixie: web: failed: GET / answered 500',
      'nixie: web: release 3 serves again',
    ])
    assert.deepEqual(
      outcomes.map(({ result, serving, reason, journal }) => [result, serving, reason, journal]),
      [['failed', 3, 'GET / answered 500', 'panic']],
    )
    assert.ok(!host.verbs().includes('fresh-1 confirm'))
    assert.equal(host.verbs().at(-1), 'main-1 acknowledge')
  })

  describe('where nothing begins', () => {
    async function refused(error: Error): Promise<unknown> {
      const host = fakeHost({
        before: ({ verb }) => {
          if (verb === 'apply') throw error
        },
      })
      const engine = testEngine(host)
      const caught = await activated(host, activationOf(), engine).catch((thrown: unknown) => thrown)
      assert.deepEqual(engine.lines(), [])
      return caught
    }

    it('says who works on the host', async () => {
      const holder = { id: 'x', who: 'bob@desk', what: 'deploy api', since: 1_700_000_000 }
      const error = await refused(new CallFailed({ kind: 'locked', holder }))
      assert.ok(error instanceof LockedError)
      assert.equal(error.code, ExitCode.locked)
      assert.deepEqual(error.parts, {
        what: 'nixie is being worked on',
        why: 'bob@desk holds its lock since 22:13:20 UTC: deploy api',
        still: 'Nothing was changed there.',
        next: 'Run the command again later, or with --wait. `slipway abort nixie`, with full access, ends what goes on there.',
        code: ExitCode.locked,
      })
    })

    it('says what the login’s key may not do', async () => {
      const error = await refused(new CallFailed({ kind: 'refused', reasons: ['its user', 'its route'] }))
      assert.ok(error instanceof SlipwayError)
      assert.equal(error.parts.what, 'nixie refuses what the key of root@nixie asks for')
      assert.equal(error.parts.why, 'its user\nits route')
    })

    it('says what the host could not do', async () => {
      const error = await refused(failed('release 4 of web exists already', { next: 'Run it again.' }))
      assert.ok(error instanceof SlipwayError)
      assert.deepEqual(error.parts, {
        what: 'nixie: release 4 of web exists already',
        why: undefined,
        still: 'What served before serves still.',
        next: 'Run it again.',
      })
    })

    it('fails as a defect does', async () => {
      assert.ok((await refused(new TypeError('a defect'))) instanceof TypeError)
    })
  })

  describe('when the connection is lost', () => {
    it('finds the host again, and tells each event once', async () => {
      const host = fakeHost({
        play: async (played) => {
          await played.tell('web', 'starting', '4')
          await played.tell('web', 'checking')
          host.lose()
          await played.tell('web', 'active', '4')
          const end = await played.wait()
          assert.equal(end, 'confirmed')
          await played.tell('web', 'confirmed')
          await played.tell('web', 'done', '4')
        },
      })
      const { outcomes, lines } = await activated(host)
      const [lost, ...others] = lines.filter((line) => !GOOD.includes(line))
      assert.match(
        lost ?? '',
        /^nixie: the connection was lost; looking for it until \d\d:\d\d:\d\d\. Unconfirmed, the host puts back what was there by itself$/,
      )
      assert.deepEqual(others, [])
      assert.deepEqual(
        lines.filter((line) => GOOD.includes(line)),
        GOOD,
      )
      assert.equal(outcomes[0]?.result, 'deployed')
      const follow = host.calls.find(({ verb }) => verb === 'follow')
      assert.ok(follow)
      assert.deepEqual([follow.over, (follow.params as { known: number }).known], ['main-2', 2])
      assert.equal(host.verbs().at(-1), 'main-2 acknowledge')
    })

    it('says that nothing was changed where the host never heard of it', async () => {
      const host = fakeHost({
        before: async ({ verb }) => {
          if (verb !== 'apply') return
          host.lose()
          await new Promise(() => undefined)
        },
      })
      await assert.rejects(activated(host), (error: SlipwayError) => {
        assert.deepEqual(error.parts, {
          what: 'the connection to nixie was lost before all had arrived',
          still: 'Nothing was changed there.',
          next: 'Run the command again: it can be reached now.',
        })
        return true
      })
    })
  })

  describe('when it is to stop', () => {
    it('tells the host, which puts back what was there', async () => {
      const engine = stoppable()
      const host = fakeHost({
        play: async (played) => {
          await played.tell('web', 'starting', '4')
          engine.stop()
          await revert(played, await played.stopped())
        },
      })
      engine.reach = testEngine(host).reach
      const { outcomes, lines } = await activated(host, activationOf(), engine)
      assert.deepEqual(lines, [
        'nixie: web: starting release 4',
        'nixie: stopping, and putting back what was there',
        'nixie: web: failed: stopped on request',
        'nixie: web: release 3 serves again',
      ])
      assert.deepEqual([outcomes[0]?.result, outcomes[0]?.serving], ['failed', 3])
      assert.equal(host.verbs().at(-1), 'main-1 acknowledge')
    })

    it('tells it over a new login where Ctrl-C has ended the old one', async () => {
      const engine = stoppable()
      const host = fakeHost({
        play: async (played) => {
          await played.tell('web', 'starting', '4')
          engine.stop()
          host.lose()
          await revert(played, await played.stopped())
        },
      })
      engine.reach = testEngine(host).reach
      const { outcomes, lines } = await activated(host, activationOf(), engine)
      assert.ok(!lines.some((line) => line.includes('the connection was lost')))
      assert.equal(lines.filter((line) => line.includes('stopping')).length, 1)
      assert.deepEqual([outcomes[0]?.result, outcomes[0]?.reason], ['failed', 'stopped on request'])
      assert.ok(host.verbs().includes('main-2 abort'))
    })

    it('is over at once where the host had not begun', async () => {
      const engine = stoppable()
      const host = fakeHost({
        before: async ({ verb }) => {
          if (verb !== 'apply') return
          engine.stop()
          await sleep(5)
          throw failed('it was asked to stop')
        },
      })
      engine.reach = testEngine(host).reach
      await assert.rejects(activated(host, activationOf(), engine), (error: SlipwayError) => {
        assert.deepEqual(
          [error.code, error.parts.still],
          [ExitCode.interrupted, 'Nothing was changed on nixie.'],
        )
        return true
      })
    })

    function stoppable(): TestEngine {
      return testEngine()
    }
  })

  it('tells what a system goes through in its own words', async () => {
    const host = fakeHost({ play: goWell })
    const { lines, outcomes } = await activated(host, systemActivation())
    assert.match(lines[0] ?? '', /^nixie: box: starting \/nix\/store\//)
    assert.equal(outcomes[0]?.kind, 'system')
  })

  it('does not wait for a confirmation that nobody wants', async () => {
    const host = fakeHost({
      play: async (played) => {
        await begin(played)
        await played.tell('box', 'unguarded')
        await played.tell('box', 'done', '8')
      },
    })
    const { outcomes } = await activated(host, systemActivation())
    assert.equal(outcomes[0]?.result, 'deployed')
    assert.deepEqual(host.verbs(), ['main-1 apply', 'main-1 acknowledge'])
  })
})

/** What is in a tar archive. */
async function entries(bytes: Buffer | undefined): Promise<unknown[]> {
  const found: unknown[] = []
  const reader = extract()
  reader.end(bytes)
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const { name, type, mode, linkname } = entry.header
    found.push([name, type, mode, linkname ?? Buffer.concat(chunks).toString()])
  }
  return found
}
