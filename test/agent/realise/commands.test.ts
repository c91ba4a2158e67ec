import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { building, fetching } from '../../../src/agent/realise/commands.js'

const option = (command: readonly string[], name: string) => command[command.indexOf(name) + 1]

describe('a build for a key', () => {
  const { command, network } = building('/nix/store/a.drv!out')

  it('has no network, no remote builder and no cache, and is in a sandbox whatever Nix is set to', () => {
    assert.equal(network, false)
    assert.equal(option(command, 'sandbox'), 'true')
    assert.equal(option(command, 'sandbox-fallback'), 'false')
    assert.equal(option(command, 'substitute'), 'false')
    assert.equal(option(command, '--builders'), '')
    assert.equal(option(command, 'post-build-hook'), '')
  })

  it('is bounded, and has an environment of its own', () => {
    assert.equal(option(command, '--timeout'), '2700')
    assert.equal(option(command, '--max-silent-time'), '900')
    assert.equal(option(command, 'max-build-log-size'), '16777216')
    assert.deepEqual(command.slice(0, 2), ['/usr/bin/env', '-i'])
  })

  it('collects no garbage: it does not see all that keeps packages', () => {
    assert.equal(option(command, 'min-free'), '0')
  })
})

describe('fetching for a key', () => {
  it('builds nothing, and asks for so many at a time', () => {
    const paths = Array.from({ length: 2500 }, (_, index) => `/nix/store/${index}`)
    const works = fetching(paths)
    assert.equal(works.length, 3)
    assert.deepEqual(
      works.flatMap(({ command }) => command.filter((word) => word.startsWith('/nix/store/'))),
      paths,
    )
    for (const { command, network } of works) {
      assert.equal(network, true)
      assert.equal(option(command, '--max-jobs'), '0')
    }
    assert.deepEqual(fetching([]), [])
  })
})
