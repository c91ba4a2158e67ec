import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { knownKeys, valueAt } from '../../src/config/known-keys.js'

describe('valueAt', () => {
  const input = { services: { web: { routes: ['a', 'b'] } } }

  it('finds what stands at a path', () => {
    assert.equal(valueAt(input, ['services', 'web', 'routes', 1]), 'b')
  })
  it('is the whole at the empty path', () => assert.equal(valueAt(input, []), input))
  it('is undefined where the path ends early', () => {
    assert.equal(valueAt(input, ['hosts', 'nixie', 'ssh']), undefined)
    assert.equal(valueAt(null, ['hosts']), undefined)
  })
})

describe('knownKeys', () => {
  const input = {
    hosts: { nixie: {} },
    services: {
      web: { kind: 'service', package: {}, listen: {}, health: {}, routes: [{}], timers: { nightly: {} } },
      blog: { kind: 'site' },
    },
    systems: { nixie: { kind: 'system', guard: {} } },
  }

  for (const [path, keys] of [
    [
      [],
      [
        'project',
        'hosts',
        'services',
        'systems',
        'caches',
        'certificates',
        'guard',
        'secrets',
        'overrideInputs',
        'check',
        'parallel',
      ],
    ],
    [
      ['hosts', 'nixie'],
      ['ssh', 'options', 'build', 'become', 'substitutes'],
    ],
    [
      ['services', 'blog'],
      ['package', 'hosts', 'routes', 'http', 'keep', 'dir', 'notFound', 'fallback'],
    ],
    [
      ['services', 'web', 'package'],
      ['file', 'attr', 'python', 'server'],
    ],
    [
      ['services', 'web', 'listen'],
      ['port', 'network', 'reach'],
    ],
    [
      ['services', 'web', 'routes', 0],
      ['url', 'strip', 'server', 'redirectFrom', 'http'],
    ],
    [
      ['services', 'web', 'timers', 'nightly'],
      ['run', 'calendar', 'env', 'unit'],
    ],
    [
      ['systems', 'nixie', 'guard'],
      ['activate', 'confirm'],
    ],
    [
      ['guard', 'escalate'],
      ['network', 'units', 'reboot'],
    ],
    [['services', 'web', 'package', 'file'], []],
  ] as [PropertyKey[], string[]][]) {
    it(`of ${path.join('.') || 'the config'}`, () => assert.deepEqual(knownKeys(path, input), keys))
  }
})
