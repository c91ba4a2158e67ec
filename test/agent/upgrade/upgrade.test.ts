import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createTurns, type Turns } from '../../../src/agent/activation/turns.js'
import { recordFailedUpgrade } from '../../../src/agent/upgrade/failed-upgrade.js'
import { type OwnBundle, ownBundle } from '../../../src/agent/upgrade/own-bundle.js'
import { upgradeState } from '../../../src/agent/upgrade/state.js'
import { upgrade } from '../../../src/agent/upgrade/upgrade.js'
import { bundlePath } from '../../../src/agent/upgrade/versions.js'
import { bundleHash } from '../../../src/wire/bundle-hash.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

const BUNDLE = Buffer.from('another agent')
const HASH = bundleHash(BUNDLE)

describe('an upgrade of the agent', () => {
  let test: TestAgent
  let turns: Turns
  let own: OwnBundle
  let swaps: () => Promise<void>

  beforeEach(() => {
    turns = createTurns()
    swaps = async () => undefined
    test = testAgent({
      run: async () => {
        await swaps()
        return endedWith(0)
      },
    })
    own = { path: bundlePath(test.agent, 'a'.repeat(16)), hash: 'a'.repeat(16), declared: false }
  })
  afterEach(() => test.remove())

  const upgraded = (hash = HASH, bytes: Uint8Array = BUNDLE) =>
    upgrade(
      test.agent,
      {
        hash,
        bytes: (async function* () {
          yield bytes
        })(),
      },
      { own, turns, who: 'ann@laptop' },
    )

  it('has a unit of its own try the version, while nobody else works', async () => {
    swaps = async () => {
      assert.equal(readFileSync(bundlePath(test.agent, HASH), 'utf8'), 'another agent')
      assert.equal(turns.holder()?.who, 'ann@laptop')
    }
    // A swap that goes well ends this process.
    await assert.rejects(upgraded(), /could not be tried/)
    assert.deepEqual(test.ran, [
      `systemd-run --quiet --collect --unit=slipway-agent-swap --description=slipway: tries another version of its agent --property=SyslogIdentifier=slipway --property=Restart=on-failure --property=RestartSec=1 --wait -- ${process.execPath} ${own.path} swap ${HASH}`,
    ])
    assert.equal(turns.holder(), null)
  })

  it('says why it did not come to that', async () => {
    swaps = () => recordFailedUpgrade(test.agent, HASH, 'no room')
    await assert.rejects(upgraded(), /the new version of the agent could not be tried: no room/)
  })

  it('is refused while somebody works', async () => {
    await turns.take({ id: '1', who: 'bob', what: 'deploy app', since: 1 })
    await assert.rejects(upgraded(), /bob is at work: deploy app/)
    assert.equal(existsSync(bundlePath(test.agent, HASH)), false)
  })

  it('takes nothing that did not arrive whole, or is too large', async () => {
    await assert.rejects(upgraded('b'.repeat(16)), /did not arrive whole/)
    await assert.rejects(upgraded(HASH, Buffer.alloc(32 * 1024 * 1024 + 1)), /too large to be an agent/)
    assert.deepEqual(test.ran, [])
  })

  it('is for a NixOS configuration where that declares the agent', async () => {
    own = { ...own, declared: true }
    await assert.rejects(upgraded(), /part of this host's NixOS configuration/)
    assert.deepEqual(await upgradeState(test.agent, own), { declared: true })
  })

  it('does nothing where that version runs already', async () => {
    own = { ...own, hash: HASH }
    await upgraded()
    assert.deepEqual(test.ran, [])
  })

  it('tells deployers what became of the last one', async () => {
    assert.deepEqual(await upgradeState(test.agent, own), {})
    mkdirSync(test.agent.places.agents, { recursive: true })
    await recordFailedUpgrade(test.agent, HASH, 'it did not become ready')
    assert.deepEqual(await upgradeState(test.agent, own), {
      failedUpgrade: { hash: HASH, why: 'it did not become ready' },
    })
    writeFileSync(join(test.agent.places.agents, 'upgrade-failed.json'), '{"version":2}')
    assert.deepEqual(await upgradeState(test.agent, own), {})
    assert.match(test.logged.join('\n'), /can't be read/)
  })
})

describe('the bundle of this process', () => {
  it('is known by its content, and by where it lies', async () => {
    const test = testAgent()
    try {
      const path = bundlePath(test.agent, HASH)
      mkdirSync(join(test.agent.places.agents, HASH), { recursive: true })
      writeFileSync(path, BUNDLE)
      const current = join(test.agent.places.agents, 'current')
      symlinkSync(HASH, current)
      assert.deepEqual(await ownBundle(test.agent.places, join(current, 'agent.cjs')), {
        path: realpathSync(path),
        hash: HASH,
        declared: false,
      })
      const elsewhere = join(test.folder, 'agent.cjs')
      writeFileSync(elsewhere, BUNDLE)
      assert.equal((await ownBundle(test.agent.places, elsewhere)).declared, true)
    } finally {
      test.remove()
    }
  })
})
