import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { service } from '../../src/index.js'
import { problems, resolved } from './samples.js'

function config(fields: object): unknown {
  return { hosts: { web: 'web' }, services: { forum: service(fields) } }
}

describe('a service with a module', () => {
  it('has its settings by the names of options', () => {
    const settings = { 'forum.port': 80, 'forum."a.b".c': { d: null } }
    const [forum] = resolved(config({ module: '.#forum', settings, listen: 'port' })).services
    assert.deepEqual(forum?.package, {
      module: {
        of: { flake: '.#forum' },
        name: 'forum',
        settings: [
          { path: ['forum', 'port'], value: 80 },
          { path: ['forum', 'a.b', 'c'], value: { d: null } },
        ],
        listens: true,
      },
    })
  })

  for (const [fields, wanted] of [
    [{}, 'package: is missing, and there is no `module`'],
    [{ package: '.', settings: {} }, 'settings: are of a `module`, and there is none'],
    [{ module: '.', package: '.' }, 'package: is what `module` says: take one of them away'],
    [{ module: '.', run: 'x' }, 'run: is what `module` says: take one of them away'],
    [{ module: '.', settings: { 'a..b': 1 } }, 'settings: "a..b" is no name of an option'],
    [{ module: '.', settings: { 'a b': 1 } }, 'settings: "a b" is no name of an option'],
  ] as const) {
    it(`refuses ${JSON.stringify(fields)}`, () =>
      assert.deepEqual(problems(config(fields)), [`services.forum.${wanted}`]))
  }
})
