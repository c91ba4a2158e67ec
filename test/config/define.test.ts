import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineConfig, defineEnvironments, service, site, system } from '../../src/index.js'

describe('the functions of a config', () => {
  it('service() is plain data of its kind', () => {
    assert.deepEqual(service({ package: '.#web' }), { kind: 'service', package: '.#web' })
  })

  it('site() is plain data of its kind', () => {
    assert.deepEqual(site({ package: '.#blog' }), { kind: 'site', package: '.#blog' })
  })

  it('system() is plain data of its kind', () => {
    assert.deepEqual(system({ flake: '.#x' }), { kind: 'system', flake: '.#x' })
  })

  it('defineEnvironments() is plain data', () => {
    const production = { hosts: {}, services: {} }
    assert.deepEqual(defineEnvironments({ production }), { environments: { production } })
  })

  it('defineConfig() gives back what it got', () => {
    const config = { hosts: {}, services: {} }
    assert.equal(defineConfig(config), config)
  })
})
