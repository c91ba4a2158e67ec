import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nativeCrates } from '../../../../src/init/detect/rust/native-libraries.js'

/** What crates need, given as `name: dependency dependency`. */
function needs(...crates: string[]): string[] {
  const locked = crates.map((text) => {
    const [name = '', dependencies = ''] = text.split(': ')
    return {
      name,
      version: '1.0.0',
      source: 'registry+x',
      dependencies: dependencies.split(' ').filter(Boolean),
    }
  })
  return nativeCrates(locked).map(
    ({ crate, need }) => `${crate}: ${[...need.libraries, ...need.native].join(' ')}`,
  )
}

describe('nativeCrates', () => {
  it('need libraries and programs of nixpkgs', () => {
    assert.deepEqual(needs('openssl-sys: cc pkg-config', 'serde', 'prost-build', 'aws-lc-sys: cmake'), [
      'openssl-sys: openssl pkg-config',
      'prost-build: protobuf',
      'aws-lc-sys: cmake',
    ])
  })

  it('need nothing where a feature compiles a copy', () => {
    assert.deepEqual(needs('libsqlite3-sys: cc pkg-config', 'openssl-sys: openssl-src', 'ring: cc'), [])
    assert.deepEqual(needs('libsqlite3-sys: pkg-config vcpkg'), ['libsqlite3-sys: sqlite pkg-config'])
  })

  it('name a helper only where nothing else needs it', () => {
    assert.deepEqual(needs('cmake', 'rdkafka-sys: cmake'), ['rdkafka-sys: cmake'])
    assert.deepEqual(needs('cmake', 'own-sys: cmake'), ['cmake: cmake'])
  })
})
