import assert from 'node:assert/strict'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { linkOf, WAY_OUT } from '../../src/release/network.js'

/** IFNAMSIZ of linux/if.h, without the NUL at the end. */
const LONGEST_DEVICE = 15

describe('linkOf', () => {
  it('derives all addresses from the port', () => {
    assert.deepEqual(linkOf(20_000), {
      device: 'vif-slip-20000',
      host: { ipv4: '198.18.156.64', ipv6: 'fd5c:91b7:e0a4::9c40', mac: '02:5c:91:00:9c:40' },
      program: { ipv4: '198.18.156.65', ipv6: 'fd5c:91b7:e0a4::9c41', mac: '02:5c:91:00:9c:41' },
    })
    assert.equal(linkOf(65_535).program.ipv4, '198.19.255.255')
    assert.equal(linkOf(65_535).program.ipv6, 'fd5c:91b7:e0a4::1:ffff')
  })

  it('gives every port addresses of its own, in the range that nobody has', () => {
    const range = new BlockList()
    range.addSubnet('198.18.0.0', 15)
    const wayOut = new BlockList()
    wayOut.addSubnet(WAY_OUT.ipv4.own, WAY_OUT.ipv4.bits)
    const port = fc.integer({ min: 1024, max: 65_535 })
    fc.assert(
      fc.property(port, port, (one, other) => {
        const ends = [linkOf(one), linkOf(other)].flatMap(({ host, program }) => [host, program])
        for (const { ipv4, ipv6 } of ends) {
          assert.ok(isIPv4(ipv4) && isIPv6(ipv6) && range.check(ipv4) && !wayOut.check(ipv4))
          // As sockets are shown: drains are found by it.
          assert.equal(new URL(`http://[${ipv6}]`).hostname, `[${ipv6}]`)
        }
        assert.ok(linkOf(one).device.length <= LONGEST_DEVICE)
        for (const key of ['ipv4', 'ipv6', 'mac'] as const) {
          assert.equal(new Set(ends.map((end) => end[key])).size, one === other ? 2 : 4)
        }
      }),
    )
  })
})
