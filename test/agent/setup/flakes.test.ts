import assert from 'node:assert/strict'
import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createChanges } from '../../../src/agent/setup/changes.js'
import { allowFlakes } from '../../../src/agent/setup/flakes.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const TOKEN = 'access-tokens = github.com=secret'
const LINE = 'extra-experimental-features = nix-command flakes\n'

describe("Nix's settings, when setup adds to them", () => {
  let test: TestAgent
  let etc: string
  let conf: string
  beforeEach(() => {
    test = testAgent()
    etc = join(test.folder, 'etc')
    conf = join(etc, 'nix/nix.conf')
    mkdirSync(join(etc, 'nix'), { recursive: true })
  })
  afterEach(() => test.remove())
  const allow = () => allowFlakes(test.agent, createChanges(false), 'nix-command', etc)

  it('audit 22: keep their mode, their owner and what was in them', async () => {
    writeFileSync(conf, TOKEN)
    chmodSync(conf, 0o600)
    const { uid, gid } = lstatSync(conf)
    await allow()
    const after = lstatSync(conf)
    assert.deepEqual([after.mode & 0o777, after.uid, after.gid], [0o600, uid, gid])
    assert.equal(readFileSync(conf, 'utf8'), `${TOKEN}\n${LINE}`)
  })

  it('audit 22: stay the link that they were, to a file with its own mode', async () => {
    const elsewhere = join(test.folder, 'managed.conf')
    writeFileSync(elsewhere, `${TOKEN}\n`)
    chmodSync(elsewhere, 0o640)
    symlinkSync(elsewhere, conf)
    await allow()
    assert.ok(lstatSync(conf).isSymbolicLink())
    assert.equal(lstatSync(elsewhere).mode & 0o777, 0o640)
    assert.equal(readFileSync(elsewhere, 'utf8'), `${TOKEN}\n${LINE}`)
  })

  it('are made where there are none', async () => {
    await allow()
    assert.equal(readFileSync(conf, 'utf8'), LINE)
  })
})
