import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { leave } from '../../../src/agent/uninstall/leave.js'
import { AGENT_UNIT_TEXT } from '../../../src/contract/agent-unit.js'
import { HOST_UNITS } from '../../../src/release/host-units.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('leave', () => {
  let test: TestAgent
  let stopped: string[]
  let stuck: string | undefined
  const at = (path: string) => join(test.folder, path)
  const write = (path: string, text = '') => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const here = (path: string) => join(test.agent.places.root, path)

  beforeEach(() => {
    stopped = []
    stuck = undefined
    test = testAgent({
      systemd: {
        stop: async (name) => {
          stopped.push(name)
          return name === stuck ? 'timeout' : 'done'
        },
        daemonReload: async () => undefined,
        resetFailed: async () => undefined,
      },
    })
    for (const [name, text] of Object.entries(HOST_UNITS)) write(at(`units/${name}`), text)
    write(at('units/slipway-agent.service'), AGENT_UNIT_TEXT)
    write(at('units/slipway-gc.timer'), '# Managed by slipway: room\n')
    write(at('units/multi-user.target.wants/slipway-agent.service'))
    write(at('units/mine.service'), '[Service]\n# Managed by slipway, no more\n')
    write(at('stamps/stamp-slipway-gc.timer'))
    write(at('stamps/stamp-mine.timer'))
    mkdirSync(at('roots'))
    symlinkSync(here('agent/node'), at('roots/a'))
    symlinkSync('/root/result', at('roots/b'))
    for (const name of ['agent/0/agent.cjs', 'certificates/email', 'owned.json', 'services/.new'])
      write(here(name))
  })
  afterEach(() => test.remove())

  const places = () => ({
    ...{ units: [at('units'), at('none')], stamps: at('stamps'), roots: at('roots') },
    run: [test.agent.places.run, at('run/slipway-slots')],
  })
  const go = (kept?: string) => leave(test.agent, kept, places())

  it('takes what has our mark, and nothing else', async () => {
    await go()
    assert.deepEqual(readdirSync(at('units')), ['mine.service', 'multi-user.target.wants'])
    assert.deepEqual(readdirSync(at('units/multi-user.target.wants')), [])
    assert.deepEqual(readdirSync(at('stamps')), ['stamp-mine.timer'])
    assert.deepEqual(readdirSync(at('roots')), ['b'])
    assert.deepEqual([readdirSync(at('lib')), readdirSync(at('run'))], [[], []])
    assert.ok(!stopped.includes('mine.service'))
  })

  it('has nothing to do the second time', async () => {
    await go()
    stopped = []
    await go()
    assert.deepEqual(stopped, ['slipway-agent.service'])
  })

  it('leaves a folder', async () => {
    await go('certificates')
    assert.deepEqual(readdirSync(here('')), ['certificates'])
  })

  it('leaves what services took the place of', async () => {
    write(here('adopted/app/etc/systemd/system/app.service'))
    await go()
    assert.deepEqual(readdirSync(here('adopted/app/etc/systemd/system')), ['app.service'])
    assert.deepEqual(readdirSync(here('')), ['adopted'])
  })

  it('does nothing while there are services', async () => {
    write(here('services/app/log'))
    await assert.rejects(go(), /its agent alone can take off: app/)
    assert.deepEqual(
      [stopped, readdirSync(here(''))],
      [[], ['agent', 'certificates', 'owned.json', 'services']],
    )
  })

  it('says what does not stop, and keeps what it takes to go on', async () => {
    stuck = 'slipway.slice'
    await assert.rejects(go(), /slipway\.slice could not be stopped/)
    assert.ok(readdirSync(at('units')).includes('slipway.slice'))
    assert.ok(readdirSync(here('')).includes('agent'))
  })
})
