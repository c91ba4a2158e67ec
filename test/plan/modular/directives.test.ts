import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { UnitValue } from '../../../src/config/modular.js'
import { carried } from '../../../src/plan/modular/directives.js'

const FILTER = ['@system-service', '~@privileged @resources']

describe('directives of a module', () => {
  for (const [name, value] of [
    ['DynamicUser', true],
    ['User', 'forum'],
    ['Type', 'simple'],
    // What hardens no more than slipway does.
    ['PrivateTmp', true],
    ['ProtectSystem', 'full'],
    ['ProtectHome', 'yes'],
    ['SystemCallFilter', ['@system-service']],
    ['SystemCallFilter', ['@system-service', '~@privileged']],
    ['RestrictAddressFamilies', ['AF_INET', 'AF_UNIX']],
    ['CapabilityBoundingSet', ''],
    ['CapabilityBoundingSet', '~CAP_SYS_ADMIN'],
  ] as [string, UnitValue][]) {
    it(`${name}=${value} is so without it`, () => assert.equal(carried(name, value), 'passed over'))
  }

  for (const [name, value, set] of [
    ['Restart', 'on-failure', 'on-failure'],
    ['MemoryMax', '1G', '1G'],
    ['MemoryDenyWriteExecute', true, true],
    ['Type', 'notify-reload', 'notify-reload'],
    ['ExecStartPre', ['/bin/a', '-/bin/b'], ['/bin/a', '-/bin/b']],
    ['SystemCallFilter', ['~@mount'], [...FILTER, '~@mount']],
  ] as const) {
    it(`${name}=${value} is set`, () => {
      const one = carried(name, value as UnitValue)
      assert.ok(typeof one === 'object' && 'set' in one)
      assert.deepEqual(one.set, { [name]: set })
      assert.ok(!one.opens)
    })
  }

  for (const [name, value, set] of [
    ['PrivateDevices', false, { PrivateDevices: false }],
    ['ProtectSystem', 'no', { ProtectSystem: 'no' }],
    ['ProtectHome', 'read-only', { ProtectHome: 'read-only' }],
    ['ReadWritePaths', ['/srv'], { ReadWritePaths: ['/srv'] }],
    ['SupplementaryGroups', 'video', { SupplementaryGroups: 'video' }],
    [
      'AmbientCapabilities',
      ['CAP_NET_BIND_SERVICE'],
      {
        AmbientCapabilities: 'CAP_NET_BIND_SERVICE',
        CapabilityBoundingSet: 'CAP_NET_BIND_SERVICE',
        PrivateUsers: false,
      },
    ],
    ['SystemCallFilter', ['@system-service', '@mount'], { SystemCallFilter: [...FILTER, '@mount'] }],
    [
      'RestrictAddressFamilies',
      'AF_INET AF_PACKET',
      { RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET' },
    ],
  ] as const) {
    it(`${name}=${value} opens the sandbox`, () =>
      assert.deepEqual(carried(name, value as UnitValue), { set, opens: true }))
  }

  for (const [name, value] of [
    ['User', 'root'],
    ['Group', 'root'],
    ['Type', 'oneshot'],
    ['Type', 'forking'],
    ['ExecStart', '/bin/forum'],
    ['ExecStartPre', '+/bin/chown'],
    ['ExecStopPost', ['/bin/a', '-!/bin/b']],
    ['Slice', 'system.slice'],
    ['RootDirectory', '/srv'],
  ] as const) {
    it(`${name}=${value} is refused`, () => {
      const one = carried(name, value as UnitValue)
      assert.ok(typeof one === 'object' && 'refused' in one)
    })
  }
})
