import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCrates } from '../../../../src/init/detect/rust/crates.js'
import { gitCrates, readLock } from '../../../../src/init/detect/rust/lock.js'
import { textTree } from '../corpus.js'
import { refusal } from '../samples.js'

const MANIFEST =
  '[package]\nname = "app"\nversion = "1.0.0"\n\n[dependencies]\naxum = "0.8"\nlog.workspace = true\n'
const locked = (name: string, version: string, source = '') =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\n${source}\n`

function lock(text: string | undefined, isIgnored = () => false) {
  const tree = {
    ...textTree({ 'Cargo.toml': MANIFEST, ...(text === undefined ? {} : { 'Cargo.lock': text }) }),
    isIgnored,
  }
  return readLock(tree, '', readCrates(tree, '').crates)
}

describe('readLock', () => {
  it('reads crates', () => {
    const found = lock(
      `${locked('app', '1.0.0', 'dependencies = ["axum 0.8.4", "log"]')}${locked('axum', '0.8.4')}${locked('log', '0.4.1')}`,
    )
    assert.deepEqual(found[0], {
      name: 'app',
      version: '1.0.0',
      source: undefined,
      dependencies: ['axum', 'log'],
    })
    assert.equal(found.length, 3)
  })

  it('refuses what contradicts the manifest, or is not there', () => {
    assert.equal(
      refusal(() => lock(undefined)),
      'there is no Cargo.lock',
    )
    assert.equal(
      refusal(() => lock(undefined, () => true)),
      "git ignores Cargo.lock, so Nix can't see it",
    )
    assert.equal(
      refusal(() => lock(locked('other', '1.0.0'))),
      "Cargo.lock doesn't have the package app of Cargo.toml",
    )
    assert.equal(
      refusal(() => lock(locked('app', '0.9.0'))),
      'Cargo.lock has app 0.9.0, but Cargo.toml:3 says 1.0.0',
    )
    assert.equal(
      refusal(() => lock(locked('app', '1.0.0') + locked('axum', '0.8.4'))),
      "Cargo.lock doesn't have log, which Cargo.toml:7 depends on",
    )
  })
})

describe('gitCrates', () => {
  it('names one crate of each repository', () => {
    const crate = (name: string, source: string | undefined) => ({
      name,
      version: '1.0.0',
      source,
      dependencies: [],
    })
    const found = gitCrates([
      crate('b', 'git+x#1'),
      crate('a', 'git+x#1'),
      crate('c', 'git+y#2'),
      crate('d', 'registry+z'),
      crate('e', undefined),
    ])
    assert.deepEqual(found, ['b-1.0.0', 'c-1.0.0'])
  })
})
