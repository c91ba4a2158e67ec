import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type EscalationSettings,
  gatewaysIn,
  nextOf,
  toRestart,
  unitPatterns,
} from '../../../src/agent/escalate/decide.js'

const SETTINGS: EscalationSettings = { networkMs: 2000, units: null, rebootMs: 3000 }

describe('nextOf', () => {
  const cases: [
    string,
    Partial<EscalationSettings>,
    Parameters<typeof nextOf>[1],
    ReturnType<typeof nextOf>,
  ][] = [
    ['waits for the network', {}, { stage: 'reverted', waitedMs: 1999, isBack: false }, 'wait'],
    ['then restarts units', {}, { stage: 'reverted', waitedMs: 2000, isBack: false }, 'restart'],
    ['ends when it is back', {}, { stage: 'reverted', waitedMs: 5000, isBack: true }, 'end'],
    ['waits again', {}, { stage: 'restarted', waitedMs: 2999, isBack: false }, 'wait'],
    ['then reboots', {}, { stage: 'restarted', waitedMs: 3000, isBack: false }, 'reboot'],
    ['ends when that has helped', {}, { stage: 'restarted', waitedMs: 3000, isBack: true }, 'end'],
    [
      'reboots only if told to',
      { rebootMs: null },
      { stage: 'restarted', waitedMs: 0, isBack: false },
      'end',
    ],
    ['may do so at once', { networkMs: 0 }, { stage: 'reverted', waitedMs: 0, isBack: false }, 'restart'],
  ]
  for (const [name, settings, state, expected] of cases) {
    it(name, () => assert.equal(nextOf({ ...SETTINGS, ...settings }, state), expected))
  }
})

describe('unitPatterns', () => {
  it('are those of the settings', () =>
    assert.deepEqual(unitPatterns({ ...SETTINGS, units: ['a.service'] }), ['a.service']))
  it('are else what makes a network, or a way in', () => {
    const patterns = unitPatterns(SETTINGS)
    for (const name of ['systemd-networkd.service', 'ssh.service', 'wg-quick@*.service']) {
      assert.ok(patterns.includes(name), name)
    }
  })
})

describe('toRestart', () => {
  it('is what runs or has failed, once', () => {
    assert.deepEqual(
      toRestart([
        { name: 'ssh.service', active: 'active' },
        { name: 'networking.service', active: 'inactive' },
        { name: 'nftables.service', active: 'failed' },
        { name: 'ssh.service', active: 'active' },
      ]),
      ['ssh.service', 'nftables.service'],
    )
  })
})

describe('gatewaysIn', () => {
  it('finds them in what ip prints', () => {
    const text = `default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.9 metric 100 \ndefault via 198.51.100.1 dev wlan0\ndefault dev wg0 scope link \n`
    assert.deepEqual(gatewaysIn(text), ['192.0.2.1', '198.51.100.1'])
    assert.deepEqual(gatewaysIn(''), [])
  })
})
