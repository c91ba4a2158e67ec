import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ensureUnits } from '../../../src/agent/certificates/timer.js'
import { gcTimer } from '../../../src/agent/room/timer.js'
import { ensureTimer } from '../../../src/agent/timer-units.js'
import { type TestAgent, testAgent } from '../test-agent.js'

describe('the timer', () => {
  let host: TestAgent
  let dir: string
  let asked: string[]
  let result: string
  beforeEach(() => {
    asked = []
    result = 'done'
    host = testAgent({
      systemd: {
        daemonReload: async () => {
          asked.push('reload')
        },
        start: async (name) => {
          asked.push(`start ${name}`)
          return result
        },
      },
    })
    dir = join(host.folder, 'units')
  })
  afterEach(() => host.remove())
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')

  it('asks the agent, hourly, from the next boot on, too', async () => {
    await ensureUnits(host.agent, dir)
    const { agents } = host.agent.places
    assert.match(
      read('slipway-certificates.service'),
      new RegExp(
        `^ExecStart=${agents}/node/bin/node ${agents}/current/agent.cjs call certificates-run$`,
        'm',
      ),
    )
    assert.match(read('slipway-certificates.timer'), /^OnCalendar=hourly$/m)
    assert.equal(
      readlinkSync(join(dir, 'timers.target.wants/slipway-certificates.timer')),
      '../slipway-certificates.timer',
    )
    assert.deepEqual(asked, ['reload', 'start slipway-certificates.timer'])
  })

  it('is left alone where it is as it should be', async () => {
    await ensureUnits(host.agent, dir)
    asked = []
    await ensureUnits(host.agent, dir)
    assert.deepEqual(asked, [])
  })

  it('takes the place of an older one of ours', async () => {
    mkdirSync(dir)
    const service = join(dir, 'slipway-certificates.service')
    writeFileSync(service, '# Managed by slipway: certificates\n[Service]\nExecStart=/bin/sh old\n')
    await ensureUnits(host.agent, dir)
    assert.doesNotMatch(read('slipway-certificates.service'), /old/)
    assert.equal(asked.length, 2)
  })

  it('does not take the place of somebody else’s', async () => {
    mkdirSync(dir)
    writeFileSync(join(dir, 'slipway-certificates.timer'), '[Timer]\n')
    await assert.rejects(
      ensureUnits(host.agent, dir),
      /the host has \S+slipway-certificates\.timer, which slipway did not make/,
    )
    assert.equal(read('slipway-certificates.timer'), '[Timer]\n')
    assert.ok(!existsSync(join(dir, 'timers.target.wants')))
  })

  it('that does not start is a failure', async () => {
    result = 'failed'
    await assert.rejects(
      ensureUnits(host.agent, dir),
      /slipway-certificates\.timer could not be started: systemd says: failed/,
    )
  })

  it('stays off where somebody has masked it', async () => {
    mkdirSync(dir, { recursive: true })
    symlinkSync('/dev/null', join(dir, 'slipway-gc.timer'))
    await ensureTimer(host.agent, gcTimer(host.agent), dir)
    assert.equal(readlinkSync(join(dir, 'slipway-gc.timer')), '/dev/null')
    assert.deepEqual(asked, [])
  })
})
