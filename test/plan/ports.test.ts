import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPortPicker, FIRST_PORT, LAST_PORT } from '../../src/plan/ports.js'
import { app, manifestOf, report, serving } from './samples.js'

describe('createPortPicker', () => {
  const held = (name: string, blue: number, green: number) =>
    serving(manifestOf(app({ listen: 'port' }), { ports: [blue, green] }), { name })

  it('gives the first ports of an empty host', () =>
    assert.deepEqual(createPortPicker(report())('web'), [FIRST_PORT, FIRST_PORT + 1]))

  it('leaves a service the ports it has', () => {
    const services = [held('web', 20_007, 20_003)]
    const pick = createPortPicker(report({ services, ports: [20_007] }))
    assert.deepEqual(pick('web'), [20_007, 20_003])
  })

  it('gives no port that somebody listens on, or that another service has, running or not', () => {
    const services = [held('web', 20_001, 20_003)]
    const pick = createPortPicker(report({ services, ports: [20_000, 20_002] }))
    assert.deepEqual(pick('api'), [20_004, 20_005])
  })

  it('gives two to a service that had none', () => {
    const services = [serving(manifestOf(app({ listen: { port: 20_000 } })))]
    assert.deepEqual(createPortPicker(report({ services, ports: [20_000] }))('web'), [20_001, 20_002])
  })

  it('gives no port that another service of the config chooses itself', () => {
    assert.deepEqual(createPortPicker(report(), [20_001])('web'), [20_000, 20_002])
  })

  it('gives each service others, and the same ones when asked again', () => {
    const pick = createPortPicker(report())
    assert.deepEqual(['a', 'b', 'a'].map(pick), [
      [20_000, 20_001],
      [20_002, 20_003],
      [20_000, 20_001],
    ])
  })

  for (const [what, left] of [
    ['no port', 0],
    ['one port only', 1],
  ] as const) {
    it(`has an end where ${what} is left`, () => {
      const ports = Array.from(
        { length: LAST_PORT - FIRST_PORT + 1 - left },
        (_, index) => FIRST_PORT + index,
      )
      assert.throws(() => createPortPicker(report({ ports }))('web'), /no free port between 20000 and 29999/)
    })
  }

  it('gives the last two', () => {
    const ports = Array.from({ length: LAST_PORT - FIRST_PORT - 1 }, (_, index) => FIRST_PORT + index)
    assert.deepEqual(createPortPicker(report({ ports }))('web'), [LAST_PORT - 1, LAST_PORT])
  })
})
