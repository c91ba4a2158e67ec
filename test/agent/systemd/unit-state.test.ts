import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unitObject, unitStateOf } from '../../../src/agent/systemd/unit-state.js'

describe("a unit's object", () => {
  const objects = {
    'ssh.service': 'ssh_2eservice',
    'my-app@blue.service': 'my_2dapp_40blue_2eservice',
    '1st.socket': '_31st_2esocket',
    'a_b.timer': 'a_5fb_2etimer',
    'dev-disk-by\\x2duuid.swap': 'dev_2ddisk_2dby_5cx2duuid_2eswap',
    'ü.service': '_c3_bc_2eservice',
  }
  for (const [name, object] of Object.entries(objects)) {
    it(`of ${name} is ${object}`, () => {
      assert.equal(unitObject(name), `/org/freedesktop/systemd1/unit/${object}`)
    })
  }
})

describe("a unit's state", () => {
  const properties = {
    Id: 'a.socket',
    LoadState: 'not-found',
    ActiveState: 'inactive',
    SubState: 'dead',
    FragmentPath: '',
    ActiveEnterTimestamp: 0,
    InactiveExitTimestamp: 0,
  }

  it('has nothing where the type of unit has none', () => {
    assert.deepEqual(unitStateOf(properties), {
      id: 'a.socket',
      load: 'not-found',
      active: 'inactive',
      sub: 'dead',
      path: '',
      restarts: 0,
      result: '',
      mainCode: 0,
      mainStatus: 0,
      mainPid: 0,
      activeSince: 0,
      inactiveExit: 0,
      mainStart: 0,
    })
  })

  it('is not made up where the answer lacks it', () => {
    const { ActiveState: _, ...others } = properties
    assert.throws(() => unitStateOf(others), /systemd's answer has no ActiveState/)
    assert.throws(() => unitStateOf({ ...properties, NRestarts: '3' }), /another NRestarts/)
  })
})
