import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diffLines } from '../../../src/nix/hashes/diff.js'
import { applyEdits, hashEdits } from '../../../src/nix/hashes/edits.js'
import { encodeHash, parseHash } from '../../../src/nix/hashes/hash.js'
import type { HashMismatch } from '../../../src/nix/hashes/mismatch.js'
import type { TextFile } from '../../../src/nix/hashes/places.js'

const ZERO = 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
const OLD = 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='
const OLD32 = '1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s'
const OLD16 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const NEW = 'sha256-9G4SzKi0MAPb8y1ubhSam7E+nsSwex5kxcBdlpP6CWM='
const OTHER = 'sha256-rhmiDA5T1V5cRyD+QAVxDBo2rsuMNQ69gIqHbH+LwWQ='

function hash(text: string) {
  const parsed = parseHash(text)
  assert.ok(parsed)
  return parsed
}
const NEW32 = encodeHash(hash(NEW), 'base32')
const NEW16 = encodeHash(hash(NEW), 'base16')

function mismatch(name: string, specified = ZERO, got = NEW): HashMismatch {
  return {
    where: `/nix/store/z060jd3415dpa94xxja2c8hc3vrla5j1-${name}.drv`,
    specified: hash(specified),
    got: hash(got),
  }
}

/** The files after the edits; the mismatches left are counted. */
function fixed(
  files: Record<string, string>,
  mismatches: HashMismatch[],
  describe?: (m: HashMismatch) => string,
) {
  const texts: TextFile[] = Object.entries(files).map(([path, text]) => ({ path, text }))
  const { edits, unresolved } = hashEdits(mismatches, texts, describe)
  const after = texts.map(({ path, text }) => [
    path,
    applyEdits(
      text,
      edits.filter((edit) => edit.path === path),
    ),
  ])
  return { files: Object.fromEntries(after), unresolved }
}

/** What becomes of one Nix file with one mismatch. */
function one(text: string, ...found: HashMismatch[]): string {
  const { files, unresolved } = fixed({ 'default.nix': text }, found)
  assert.deepEqual(unresolved, [])
  return files['default.nix']
}

describe('hashEdits', () => {
  for (const [what, before, after] of [
    ['SRI', `vendorHash = "${OLD}";`, `vendorHash = "${NEW}";`],
    ['base 32', `sha256 = "${OLD32}";`, `sha256 = "${NEW32}";`],
    ['base 32 with its algorithm', `hash = "sha256:${OLD32}";`, `hash = "sha256:${NEW32}";`],
    ['base 16', `sha256 = "${OLD16}";`, `sha256 = "${NEW16}";`],
    ['base 64', `sha256 = "${OLD.slice(7)}";`, `sha256 = "${NEW.slice(7)}";`],
    ['a name for it', `let h = "${OLD}"; in f { hash = h; }`, `let h = "${NEW}"; in f { hash = h; }`],
    ['a line of its own', `hash =\n  "${OLD}";`, `hash =\n  "${NEW}";`],
  ] as const) {
    it(`finds a hash written as ${what}, and keeps the form`, () =>
      assert.equal(one(before, mismatch('source', OLD)), after))
  }

  for (const [what, value] of [
    ['an empty string', '""'],
    ['lib.fakeHash', 'lib.fakeHash'],
    ['fakeHash of a longer path', 'pkgs.lib.fakeHash'],
    ['fakeHash alone', 'fakeHash'],
    ['lib.fakeSha256', 'lib.fakeSha256'],
    ['zeros in SRI', `"${ZERO}"`],
    ['zeros in base 32', `"${'0'.repeat(52)}"`],
    ['zeros in base 16', `"${'0'.repeat(64)}"`],
    ['zeros in base 32 with their algorithm', `"sha256:${'0'.repeat(52)}"`],
  ] as const) {
    it(`puts a hash in the place of ${what}`, () =>
      assert.equal(
        one(`{ pname = "app"; vendorHash = ${value}; }`, mismatch('app-1.0-go-modules')),
        `{ pname = "app"; vendorHash = "${NEW}"; }`,
      ))
  }

  it('puts a hash in the place of lib.fakeSha512 where the algorithm is that', () => {
    const got = encodeHash({ algorithm: 'sha512', bytes: Buffer.alloc(64, 7) }, 'sri')
    const zero = encodeHash({ algorithm: 'sha512', bytes: Buffer.alloc(64) }, 'sri')
    assert.equal(
      one('{ a.hash = lib.fakeSha512; b.hash = lib.fakeHash; }', mismatch('x', zero, got)),
      `{ a.hash = "${got}"; b.hash = lib.fakeHash; }`,
    )
  })

  it('takes no other empty string for a hash', () => {
    const text = '{ preBuild = ""; vendorHash = ""; description = ""; }'
    assert.equal(one(text, mismatch('a-go-modules')), text.replace('Hash = ""', `Hash = "${NEW}"`))
  })

  it('takes a git dependency’s empty hash among the others', () => {
    const text = '{ cargoLock = { lockFile = ./Cargo.lock; outputHashes = { "rand-0.9.0" = ""; }; }; }'
    assert.equal(one(text, mismatch('rand-27e1d1f')), text.replace('""', `"${NEW}"`))
  })

  it('leaves comments, longer words and other hashes alone', () => {
    const text = `# was "${OLD}"\n/* "${OLD}" */ { a = "x${OLD}"; b = "${OTHER}"; hash = "${OLD}"; c = "${OLD}x"; }`
    const after = text.replace(`hash = "${OLD}"`, `hash = "${NEW}"`)
    assert.equal(one(text, mismatch('source', OLD)), after)
  })

  it('finds a hash in another kind of file', () => {
    const files = { 'flake.nix': '{ }', 'hashes.json': `{ "vendorHash": "${OLD}" }` }
    assert.deepEqual(fixed(files, [mismatch('app-go-modules', OLD)]).files, {
      'flake.nix': '{ }',
      'hashes.json': `{ "vendorHash": "${NEW}" }`,
    })
  })

  it('tells hashes of different kinds apart', () => {
    const text =
      '{ src = fetchFromGitHub { owner = "me"; hash = ""; }; vendorHash = ""; cargoHash = lib.fakeHash; npmDepsHash = ""; pnpmDeps.hash = ""; }'
    const only = (name: string, attribute: RegExp) =>
      assert.equal(one(text, mismatch(name)), text.replace(attribute, `$1"${NEW}"`))
    only('app-1.0-go-modules', /(vendorHash = )""/)
    only('app-1.0-vendor', /(cargoHash = )lib.fakeHash/)
    only('app-1.0-vendor-staging', /(cargoHash = )lib.fakeHash/)
    only('app-1.0-vendor.tar.gz', /(cargoHash = )lib.fakeHash/)
    only('app-1.0-npm-deps', /(npmDepsHash = )""/)
    const dependencies = '{ npmDepsHash = ""; pnpmDeps.hash = ""; }'
    assert.equal(
      one(dependencies, mismatch('app-pnpm-deps')),
      `{ npmDepsHash = ""; pnpmDeps.hash = "${NEW}"; }`,
    )
  })

  it('tells packages apart by their names', () => {
    const package_ = (name: string, value: string) =>
      `${name} = buildGoModule { pname = "${name}"; version = "1.0"; vendorHash = ${value}; };`
    const text = `{ ${package_('web', '""')} ${package_('worker', '""')} }`
    assert.equal(
      one(text, mismatch('worker-1.0-go-modules')),
      `{ ${package_('web', '""')} ${package_('worker', `"${NEW}"`)} }`,
    )
    assert.equal(
      one(text, mismatch('worker-1.0-go-modules'), mismatch('web-1.0-go-modules', ZERO, OTHER)),
      `{ ${package_('web', `"${OTHER}"`)} ${package_('worker', `"${NEW}"`)} }`,
    )
  })

  it('tells sources apart by what their derivations say of them', () => {
    const source = (repo: string, value: string) =>
      `(fetchFromGitHub { owner = "me"; repo = "${repo}"; rev = "v1.2"; hash = ${value}; })`
    const text = `[ ${source('colours', '""')} ${source('shapes', '""')} ]`
    const said = () => 'Derive(… "https://github.com/me/shapes/archive/v1.2.tar.gz" …)'
    const { files } = fixed({ 'a.nix': text }, [mismatch('source')], said)
    assert.equal(files['a.nix'], `[ ${source('colours', '""')} ${source('shapes', `"${NEW}"`)} ]`)
  })

  it('does not choose among zeros that nothing tells apart', () => {
    const text = '[ (f { hash = ""; }) (g { hash = ""; }) ]'
    const { files, unresolved } = fixed({ 'a.nix': text }, [mismatch('source')])
    assert.equal(files['a.nix'], text)
    assert.deepEqual(
      unresolved.map(({ places }) => places.map(({ path, line }) => `${path}:${line}`)),
      [['a.nix:1', 'a.nix:1']],
    )
  })

  it('replaces all of the same hash: the same content stood behind them', () => {
    const text = `[ (f { hash = "${OLD}"; }) (g { sha256 = "${OLD32}"; }) ]`
    const after = `[ (f { hash = "${NEW}"; }) (g { sha256 = "${NEW32}"; }) ]`
    assert.equal(one(text, mismatch('source', OLD)), after)
  })

  it('does not write two hashes into one place', () => {
    const text = `{ hash = "${OLD}"; }`
    const found = [mismatch('a', OLD), mismatch('b', OLD, OTHER)]
    const { files, unresolved } = fixed({ 'a.nix': text }, found)
    assert.equal(files['a.nix'], `{ hash = "${NEW}"; }`)
    assert.deepEqual(
      unresolved.map((item) => item.mismatch),
      [found[1]],
    )
  })

  it('says where a hash stands nowhere', () => {
    const found = mismatch('source', OLD)
    assert.deepEqual(fixed({ 'a.nix': '{ hash = ""; }' }, [found]).unresolved, [
      { mismatch: found, places: [] },
    ])
  })
})

describe('diffLines', () => {
  it('shows each line that changes, before and after', () => {
    const text = `{\n  a = "${OLD}"; b = "${OLD}";\n\n  c = 1;\n  d = "${OLD}";\n}\n`
    const files = [
      { path: 'other.nix', text: '{ }' },
      { path: 'a.nix', text },
    ]
    const { edits } = hashEdits([mismatch('x', OLD)], files)
    assert.deepEqual(diffLines(files, edits), [
      { kind: 'file', text: 'a.nix:2' },
      { kind: 'removed', text: `  a = "${OLD}"; b = "${OLD}";` },
      { kind: 'added', text: `  a = "${NEW}"; b = "${NEW}";` },
      { kind: 'file', text: 'a.nix:5' },
      { kind: 'removed', text: `  d = "${OLD}";` },
      { kind: 'added', text: `  d = "${NEW}";` },
    ])
  })
})
