import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linkOf } from '../../src/release/network.js'
import { networkRules } from '../../src/release/network-rules.js'

const rules = (reach: Parameters<typeof networkRules>[0]['reach']) =>
  networkRules({ link: linkOf(20_000), port: 3000, reach })

describe('networkRules', () => {
  it('lets nginx in, to whichever loopback address the program listens on, and nobody else', () => {
    const text = rules([])
    assert.match(text, /iifname host ip saddr 198\.18\.156\.64 tcp dport 3000 dnat ip to 127\.0\.0\.1\n/)
    assert.match(text, /iifname host ip6 saddr fd5c:91b7:e0a4::9c40 tcp dport 3000 dnat ip6 to ::1\n/)
    assert.match(text, /iifname host drop\n/)
  })

  it('refuses the loopback address that is not to be reached', () => {
    assert.doesNotMatch(rules([]), /reject/)
    const v4 = { address: '127.0.0.1', port: 5432 } as const
    const v6 = { address: '::1', port: 5432 } as const
    assert.match(rules([v4]), /\n {4}ip6 daddr ::1 tcp dport 5432 reject with tcp reset\n/)
    assert.match(rules([v6]), /\n {4}ip daddr 127\.0\.0\.1 tcp dport 5432 reject with tcp reset\n/)
    assert.doesNotMatch(rules([v4, v6]), /reject/)
  })
})
