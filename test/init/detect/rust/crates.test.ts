import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCrates } from '../../../../src/init/detect/rust/crates.js'
import { dependenciesOf } from '../../../../src/init/detect/rust/dependencies.js'
import { textTree } from '../corpus.js'
import { refusal } from '../samples.js'

/** The programs of a crate's manifest and files. */
function binaries(manifest: string, ...files: string[]) {
  const tree = textTree({ 'Cargo.toml': manifest, ...Object.fromEntries(files.map((file) => [file, ''])) })
  return readCrates(tree, '').crates.flatMap((crate) =>
    crate.binaries.map(({ name, file }) => `${name}: ${file}`),
  )
}

const PACKAGE = '[package]\nname = "app"\nversion = "1.0.0"\n'

describe('readCrates', () => {
  it("finds programs by cargo's rules", () => {
    assert.deepEqual(binaries(PACKAGE, 'src/main.rs'), ['app: src/main.rs'])
    assert.deepEqual(binaries(PACKAGE, 'src/lib.rs'), [])
    assert.deepEqual(
      binaries(PACKAGE, 'src/main.rs', 'src/bin/one.rs', 'src/bin/two/main.rs', 'src/bin/two/part.rs'),
      ['app: src/main.rs', 'one: src/bin/one.rs', 'two: src/bin/two/main.rs'],
    )
    assert.deepEqual(binaries(`${PACKAGE}[[bin]]\nname = "serve"\npath = "src/main.rs"`, 'src/main.rs'), [
      'serve: src/main.rs',
    ])
    assert.deepEqual(binaries(`${PACKAGE}autobins = false`, 'src/main.rs'), [])
    assert.deepEqual(binaries(`${PACKAGE}default-run = "z"`, 'src/bin/a.rs', 'src/bin/z.rs'), [
      'z: src/bin/z.rs',
      'a: src/bin/a.rs',
    ])
  })

  it('follows the members of a workspace', () => {
    const tree = textTree({
      'Cargo.toml': '[workspace]\nmembers = ["crates/*", "tool"]\nexclude = ["crates/old"]',
      'crates/api/Cargo.toml': '[package]\nname = "api"\n[dependencies]\ncore = { path = "../core" }',
      'crates/core/Cargo.toml': '[package]\nname = "core"',
      'crates/old/Cargo.toml': '[package]\nname = "old"',
      'crates/notes/README.md': '',
      'tool/Cargo.toml': '[package]\nname = "tool"',
    })
    const { crates } = readCrates(tree, '')
    assert.deepEqual(
      crates.map(({ name, dir, dependencies }) => [name, dir, dependencies.map((one) => one.dir)]),
      [
        ['api', 'crates/api', ['crates/core']],
        ['core', 'crates/core', []],
        ['tool', 'tool', []],
      ],
    )
  })

  it('refuses what is no crate', () => {
    const missing = textTree({ 'Cargo.toml': '[workspace]\nmembers = [\n  "api",\n]' })
    assert.equal(
      refusal(() => readCrates(missing, '')),
      'Cargo.toml:3: the workspace\'s member "api" has no Cargo.toml',
    )
    const nameless = textTree({ 'Cargo.toml': '[package]\nversion = "1.0.0"' })
    assert.equal(
      refusal(() => readCrates(nameless, '')),
      'Cargo.toml names no package',
    )
  })
})

describe('dependenciesOf', () => {
  it('knows renamed, developing and platform dependencies', () => {
    const found = dependenciesOf(
      {
        dependencies: { a: '1', b: { package: 'bee' } },
        'dev-dependencies': { c: '1' },
        target: { 'cfg(unix)': { dependencies: { d: '1' } } },
      },
      '',
      undefined,
    )
    assert.deepEqual(
      found.map(({ key, crate }) => `${key}=${crate}`),
      ['a=a', 'b=bee', 'c=c', 'd=d'],
    )
  })

  it('takes what is inherited from the workspace', () => {
    const root = {
      workspace: {
        dependencies: { pg: { package: 'tokio-postgres' }, core: { path: 'crates/core' }, log: '0.4' },
      },
    }
    const manifest = {
      dependencies: {
        pg: { workspace: true },
        core: { workspace: true, features: ['x'] },
        log: { workspace: true },
      },
    }
    const found = dependenciesOf(manifest, 'crates/api', { dir: '', root })
    assert.deepEqual(
      found.map(({ key, crate, dir }) => [key, crate, dir]),
      [
        ['pg', 'tokio-postgres', undefined],
        ['core', 'core', 'crates/core'],
        ['log', 'log', undefined],
      ],
    )
  })
})
