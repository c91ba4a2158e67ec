import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manifestOf } from '../../src/plan/manifest.js'
import { commandProperties } from '../../src/release/command-properties.js'
import { renderRelease } from '../../src/release/render.js'
import { app, FEATURES, ingredients } from './samples.js'

const manifest = (reach?: string[]) =>
  manifestOf(
    app({ listen: { port: 3000, network: 'own', ...(reach && { reach }) } }),
    ingredients({ ports: [20_000, 20_001] }),
  )

describe('a network of its own', () => {
  const { units, files } = renderRelease(manifest(['127.0.0.1:5432', '[::1]:5432', '[::1]:25']), FEATURES)

  it('is made for each slot before its instance, and follows it at boot', () => {
    assert.deepEqual(Object.keys(units), [
      'web@.service',
      'web@network-blue.service',
      'web@way-out-blue.service',
      'web@network-green.service',
      'web@way-out-green.service',
    ])
    const main = units['web@.service'] ?? ''
    assert.match(main, /^Requires=web@network-%i\.service$/m)
    assert.match(main, /^Wants=web@way-out-%i\.service$/m)
    assert.match(main, /^After=network\.target web@network-%i\.service web@way-out-%i\.service$/m)
    assert.match(main, /^NetworkNamespacePath=\/run\/netns\/slipway-web-%i$/m)
    for (const unit of ['web@network-green.service', 'web@way-out-green.service']) {
      assert.match(
        units[unit] ?? '',
        /^ConditionPathExists=\|\/var\/lib\/slipway\/services\/web\/current\/green\nConditionPathExists=\|\/run\/slipway-slots\/web@green$/m,
      )
    }
  })

  it('is gone when its unit stops, or did not start', () => {
    assert.match(
      units['web@network-blue.service'] ?? '',
      /^ExecStopPost=-\/bin\/sh -c 'ip link delete vif-slip-20000 2>\/dev\/null; ip netns delete slipway-web-blue 2>\/dev\/null'$/m,
    )
  })

  it('reaches of the host what the config names', () => {
    assert.match(
      units['web@way-out-green.service'] ?? '',
      / --interface vif-slip-20001 .* --tcp-ns 5432,25$/m,
    )
    assert.match(files['network@blue.nft'] ?? '', /ip daddr 127\.0\.0\.1 tcp dport 25 reject/)
    const none = renderRelease(manifest(), FEATURES)
    assert.match(none.units['web@way-out-green.service'] ?? '', / --tcp-ns none$/m)
  })

  it('is none of a command that runs beside it', () => {
    const properties = commandProperties(manifest(), FEATURES, { releaseDir: '/release', slot: 'blue' })
    assert.deepEqual(
      properties.filter((line) => line.startsWith('NetworkNamespacePath=')),
      [],
    )
    assert.ok(properties.includes('PrivateUsers=yes'))
  })
})
