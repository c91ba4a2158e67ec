import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { type Audit, createAudit } from '../../../src/agent/access/audit.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

const CI = { service: 'app', name: 'ci' }
const CD = { service: 'app', name: 'cd' }
const FROM = '192.0.2.1'

let test: TestAgent
let audit: Audit
let now: number

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] })
  now = 0
  test = testAgent()
  audit = createAudit(test.agent, () => now)
})
afterEach(() => {
  mock.timers.reset()
  test.remove()
})

const lines = async () => {
  await audit.settled()
  return test.ran
    .map((line) => line.replace(/^logger -t slipway -p /, ''))
    .filter((line) => /^auth/.test(line))
}

describe('the audit', () => {
  it('says who asked for what, and who was refused what', async () => {
    audit.asked(CI, FROM, 'apply 0123456789abcdef deploy app')
    audit.refused(CI, FROM, 'this key may not serve other.example/')
    assert.deepEqual(await lines(), [
      'auth.info -- key ci of app from 192.0.2.1: apply 0123456789abcdef deploy app',
      'auth.warning -- key ci of app from 192.0.2.1: refused: this key may not serve other.example/',
    ])
  })

  it('lets nothing forge a line, or speak to a terminal', async () => {
    audit.refused(CI, 'x\ny', `a\nkey root of all from 1.2.3.4: welcome\r\u001b[2J\u009b${'x'.repeat(1000)}`)
    const [line = '', ...others] = await lines()
    assert.deepEqual(others, [])
    assert.match(line, /^[ -~]{1,400}$/)
    assert.match(line, /from x\?y: refused: a\?key root/)
  })

  it('leaves out what is more than a key’s share, and says how much', async () => {
    for (let asked = 0; asked < 100; asked += 1) audit.refused(CI, FROM, 'x')
    audit.refused(CD, FROM, 'x')
    audit.asked(CI, FROM, 'report')
    assert.equal((await lines()).length, 62)
    mock.timers.tick(60_000)
    assert.equal(
      (await lines()).at(-1),
      'auth.warning -- key ci of app: refused: 40 more, which are not written down',
    )
    now = 120_000
    for (let asked = 0; asked < 10; asked += 1) audit.refused(CI, FROM, 'y')
    assert.equal((await lines()).filter((line) => line.endsWith('refused: y')).length, 2)
    mock.timers.tick(60_000)
    assert.equal(
      (await lines()).at(-1),
      'auth.warning -- key ci of app: refused: 8 more, which are not written down',
    )
  })

  it('is full again after a while, and no fuller', async () => {
    for (let asked = 0; asked < 60; asked += 1) audit.asked(CI, FROM, 'x')
    now = 86_400_000
    for (let asked = 0; asked < 70; asked += 1) audit.asked(CI, FROM, 'y')
    assert.equal((await lines()).filter((line) => line.endsWith(': y')).length, 60)
    mock.timers.tick(60_000)
    assert.equal((await lines()).at(-1), 'auth.info -- key ci of app: 10 more, which are not written down')
  })

  it('goes to the agent’s own log where there is no logger', async () => {
    const other = testAgent({ run: async () => endedWith(127) })
    const without = createAudit(other.agent)
    without.refused(CI, FROM, 'x')
    await without.settled()
    assert.deepEqual(other.logged, ['key ci of app from 192.0.2.1: refused: x'])
    other.remove()
  })
})
