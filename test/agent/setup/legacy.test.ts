import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createChanges } from '../../../src/agent/setup/changes.js'
import { retireShellProgram } from '../../../src/agent/setup/legacy.js'
import { SETUP_CHANGE } from '../../../src/contract/setup.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('the shell program of 0.1', () => {
  let test: TestAgent
  let units: string
  let stopped: string[]

  const write = (path: string, text = '') => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const here = (name: string) => join(test.agent.places.root, name)
  const retire = async (dry = false) => {
    const changes = createChanges(dry)
    await retireShellProgram(test.agent, changes, units)
    return changes.notes.map(({ text }) => text)
  }

  beforeEach(() => {
    stopped = []
    test = testAgent({
      systemd: {
        stop: async (name) => {
          stopped.push(name)
          return 'done'
        },
        daemonReload: async () => undefined,
      },
    })
    units = join(test.folder, 'units')
    write(here('host/slipway-host-0123456789abcdef'))
    write(join(units, 'slipway-recover.service'))
    write(join(units, 'multi-user.target.wants/slipway-recover.service'))
    write(join(units, 'app@blue.service'), '# of a service\n')
    write(
      join(units, 'slipway-certificates.service'),
      `ExecStart=/bin/sh ${here('host/slipway-host')} certificates-run\n`,
    )
    write(join(units, 'slipway-certificates.timer'))
    for (const name of ['lock', '.lock', '.nginx']) write(here(name))
    write(here('guards/0000000000000001/request'))
    write(here('guards/0000000000000001/ended'))
    write(here('guards/0000000000000002/guard.json'), '{}')
    write(here('services/app/releases/1/spec'))
  })
  afterEach(() => test.remove())

  it('is taken away, and what it serves is left', async () => {
    assert.deepEqual(await retire(), [SETUP_CHANGE.legacy])
    assert.deepEqual(readdirSync(test.agent.places.root).sort(), ['guards', 'services'])
    assert.deepEqual(readdirSync(here('guards')), ['0000000000000002'])
    assert.deepEqual(readdirSync(units).sort(), ['app@blue.service', 'multi-user.target.wants'])
    assert.deepEqual(readdirSync(join(units, 'multi-user.target.wants')), [])
    assert.deepEqual(stopped, [
      'slipway-recover.service',
      'slipway-certificates.timer',
      'slipway-certificates.service',
    ])
    assert.deepEqual(await retire(), [])
  })

  it('stays in a dry run', async () => {
    assert.deepEqual(await retire(true), [SETUP_CHANGE.legacy])
    assert.ok(existsSync(here('host/slipway-host-0123456789abcdef')))
  })

  it("leaves the agent's own units for certificates", async () => {
    write(join(units, 'slipway-certificates.service'), 'ExecStart=node agent.cjs\n')
    await retire()
    assert.ok(existsSync(join(units, 'slipway-certificates.timer')))
  })

  it('is needed while an activation of its has not ended', async () => {
    write(here('guards/0000000000000003/request'))
    write(here('guards/0000000000000003/what'), 'deploy app\n')
    await assert.rejects(
      retire(),
      /an activation of slipway 0.1 has not ended: deploy app\. Only the program/,
    )
    assert.ok(existsSync(here('host/slipway-host-0123456789abcdef')))
  })
})
