import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { followsNoLinks } from '../../src/agent/host-units.js'

const mount = (at: string, options: string) =>
  `859 377 0:95 / ${at} ${options} shared:359 - tmpfs tmpfs rw,size=1024k`

describe('the mount of sockets', () => {
  it('must be there, and follow no links', () => {
    assert.equal(followsNoLinks(mount('/run/slipway-sockets', 'rw,nosuid,nosymfollow')), true)
    assert.equal(followsNoLinks(mount('/run/slipway-sockets', 'rw,nosuid')), false)
    assert.equal(followsNoLinks(mount('/run', 'rw,nosymfollow')), false)
    assert.equal(followsNoLinks(''), false)
  })

  it('is judged by what lies on top', () => {
    const under = mount('/run/slipway-sockets', 'rw,nosymfollow')
    assert.equal(followsNoLinks(`${under}\n${mount('/run/slipway-sockets', 'rw')}`), false)
  })
})
