import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { service, system } from '../../src/index.js'
import { problems, resolved } from './samples.js'

const hosts = { nixie: 'nixie', pixie: 'pixie' }
const flake = '.#x'

describe('systemProblems', () => {
  it('a name with dots', () => {
    const systems = { 'a.example': system({ flake, host: 'nixie' }) }
    assert.deepEqual(problems({ hosts, systems }), [
      `systems['a.example']: a system is named with 1 to 63 of a-z, 0-9 and "-", starting with a letter, ` +
        'not ending with "-"; for example "a-example"',
    ])
  })

  it('a name that a service has', () => {
    const services = { web: service({ package: '.', hosts: 'pixie' }) }
    const systems = { web: system({ flake, host: 'nixie' }) }
    assert.deepEqual(problems({ hosts, services, systems }), ['systems.web: a service has this name already'])
  })

  it('a host that is nearly one of the config’s', () => {
    assert.deepEqual(problems({ hosts, systems: { a: system({ flake, host: 'nixi' }) } }), [
      'systems.a.host: there is no host "nixi"; did you mean "nixie"?',
    ])
  })

  it('no host where there are several', () => {
    assert.deepEqual(problems({ hosts, systems: { a: system({ flake }) } }), [
      'systems.a.host: is missing: the config has several hosts (nixie, pixie), name one',
    ])
  })

  it('no host at all', () => {
    assert.deepEqual(problems({ hosts: {}, systems: { a: system({ flake }) } }), [
      'hosts: is empty: systems.a has nowhere to run',
    ])
  })

  it('one profile twice', () => {
    const systems = { a: system({ flake, host: 'nixie' }), b: system({ flake, host: 'nixie' }) }
    assert.deepEqual(problems({ hosts, systems }), [
      'systems.b.profile: /nix/var/nix/profiles/system of nixie is set by systems.a already',
    ])
  })

  it('one profile twice, once by the rule that finds it', () => {
    const systems = {
      home: system({ flake, host: 'nixie', user: 'ann' }),
      b: system({ flake, host: 'nixie', user: 'ann', profile: '/nix/var/nix/profiles/per-user/ann/home' }),
    }
    assert.deepEqual(problems({ hosts, systems }), [
      'systems.b.profile: /nix/var/nix/profiles/per-user/ann/home of nixie is set by systems.home already',
    ])
  })

  it('different profiles, users and hosts get along', () => {
    const systems = {
      a: system({ flake, host: 'nixie' }),
      b: system({ flake, host: 'pixie' }),
      c: system({ flake, host: 'nixie', user: 'ann' }),
      d: system({ flake, host: 'nixie', user: 'bob' }),
    }
    assert.equal(resolved({ hosts, systems }).systems.length, 4)
  })
})
