import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPortPicker, FIRST_PORT, LAST_PORT } from '../../src/plan/ports.js'
import { app, manifestOf, report, serving } from './samples.js'

describe('createPortPicker', () => {
  const held = (name: string, port: number) =>
    serving(manifestOf(app({ listen: 'port' }), { port }), { name })

  it('gives the first port of an empty host', () =>
    assert.equal(createPortPicker(report())('web'), FIRST_PORT))

  it('leaves a service the port it has', () => {
    const pick = createPortPicker(report({ services: [held('web', 20_007)], ports: [20_007] }))
    assert.equal(pick('web'), 20_007)
  })

  it('gives no port that somebody listens on, or that another service has, running or not', () => {
    const pick = createPortPicker(report({ services: [held('web', 20_001)], ports: [20_000, 20_002] }))
    assert.equal(pick('api'), 20_003)
  })

  it('gives no port that another service of the config chooses itself', () => {
    assert.equal(createPortPicker(report(), [20_000])('web'), 20_001)
  })

  it('gives each service another one, and the same one when asked again', () => {
    const pick = createPortPicker(report())
    assert.deepEqual(['a', 'b', 'a'].map(pick), [20_000, 20_001, 20_000])
  })

  it('has an end', () => {
    const ports = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, index) => FIRST_PORT + index)
    assert.throws(() => createPortPicker(report({ ports }))('web'), /no free port between 20000 and 29999/)
  })
})
