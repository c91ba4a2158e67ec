import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { SlipwayError } from '../../../src/errors.js'
import { evaluate } from '../../../src/nix/evaluate.js'
import type { DiffLine } from '../../../src/nix/hashes/diff.js'
import { HashMismatchError } from '../../../src/nix/hashes/error.js'
import { hashFixer } from '../../../src/nix/hashes/fix.js'
import { parseHash } from '../../../src/nix/hashes/hash.js'
import { localNix } from '../../../src/nix/nix-runner.js'
import { build } from '../../../src/nix/realise.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from '../samples.js'

const ZERO = 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

/** A Nix function: a name, a hash and a line of shell → a derivation with a fixed output. */
const FETCH = `name: hash: script: derivation {
  inherit name;
  system = "${SYSTEM}";
  builder = "/bin/sh";
  args = [ "-c" script ];
  outputHashMode = "recursive";
  outputHashAlgo = if hash == "" then "sha256" else null;
  outputHash = hash;
}`

/** What the hash of a file with a line of text is. */
function hashOf(folder: Folder, text: string): string {
  folder.write({ '../line': `${text}\n` })
  return execFileSync(
    'nix',
    ['hash', 'path', '--extra-experimental-features', 'nix-command', join(folder.path, '../line')],
    { encoding: 'utf8' },
  ).trim()
}

describe('hashFixer', { skip: WITHOUT_NIX }, () => {
  let outer: Folder
  let folder: Folder
  let asked: DiffLine[][]
  beforeEach(() => {
    outer?.remove()
    outer = temporaryFolder()
    folder = {
      ...outer,
      path: join(outer.path, 'project'),
      write: (files) => outer.write(below(files as Record<string, string>)),
    }
    asked = []
    folder.write({ 'fetch.nix': FETCH })
  })
  after(() => outer.remove())

  const below = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [join('project', path), text]))
  const read = (path: string) => readFileSync(join(folder.path, path), 'utf8')
  // Every build is one that this machine has not done yet.
  const unique = () => `${process.pid}-${Date.now()}-${Math.random()}`

  /** Builds `default.nix` as a deploy does, with wrong hashes put right. */
  function fixing(approve = async () => true, root = folder.path, placeholdersOnly = false) {
    const nix = localNix(root)
    const fix = hashFixer(
      root,
      async (diff) => {
        asked.push(diff)
        return approve()
      },
      placeholdersOnly,
    )
    return fix(async () => {
      const { drv, out } = await evaluate(
        nix,
        'services.web.package',
        { file: 'default.nix', attr: undefined },
        {},
      )
      await build(nix, [drv], () => {})
      return out
    })
  }

  async function failure(working: Promise<unknown>): Promise<SlipwayError> {
    const error = await working.catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError, String(error))
    return error
  }

  it('does nothing where all is right', async () => {
    folder.write({ 'default.nix': derivation('slipway-test-right', 'echo > $out') })
    await fixing()
    assert.deepEqual(asked, [])
  })

  it('leaves a hash that somebody knew where only placeholders are to be replaced', async () => {
    const [known, placeholder] = [hashOf(folder, 'another'), '']
    const text = (hash: string) =>
      derivation(
        'slipway-test-known',
        'read a < $fetched; echo $a > $out',
        `fetched = import ./fetch.nix "fetched-go-modules" (let vendorHash = "${hash}"; in vendorHash) "echo ${unique()} > $out";`,
      )
    folder.write({ 'default.nix': text(known) })
    const error = await failure(fixing(undefined, folder.path, true))
    assert.ok(error instanceof HashMismatchError)
    assert.ok(read('default.nix').includes(known))
    assert.deepEqual(asked, [])
    folder.write({ 'default.nix': text(placeholder) })
    await fixing(undefined, folder.path, true)
    assert.match(read('default.nix'), /vendorHash = "sha256-/)
  })

  it('puts one hash after another right, in whatever file they stand', async () => {
    const [one, two] = [unique(), unique()]
    folder.write({
      'hashes.json': '{ "second": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }',
      'default.nix': `let
        fetch = import ./fetch.nix;
        first = fetch "first-go-modules" "" "echo ${one} > $out";
        hashes = builtins.fromJSON (builtins.readFile ./hashes.json);
        second = derivation {
          name = "second"; system = "${SYSTEM}"; builder = "/bin/sh"; inherit first;
          args = [ "-c" "read a < $first; echo ${two} $a > $out" ];
          outputHashMode = "recursive"; outputHashAlgo = null; outputHash = hashes.second;
        };
      in ${derivation('slipway-test-both', 'read a < $second; echo $a > $out', 'inherit second;')}`.replace(
        '"first-go-modules" ""',
        '"first-go-modules" (let vendorHash = ""; in vendorHash)',
      ),
    })
    const out = await fixing()
    assert.equal(readFileSync(out, 'utf8'), `${two} ${one}\n`)
    assert.ok(read('default.nix').includes(`vendorHash = "${hashOf(folder, one)}"`))
    assert.equal(read('hashes.json'), `{ "second": "${hashOf(folder, `${two} ${one}`)}" }`)
    assert.deepEqual(
      asked.map((diff) => diff[0]?.text),
      ['default.nix:3', 'hashes.json:1'],
    )
  })

  it('puts a hash right that evaluation needs', async () => {
    const text = unique()
    folder.write({
      'default.nix': `let
      hash = "sha256:${'1'.repeat(52)}";
      name = builtins.readFile ((import ./fetch.nix) "name" hash "echo -n ${text} > $out");
    in ${derivation('slipway-test-name', 'echo > $out')} // { inherit name; }`,
    })
    await fixing()
    assert.equal(asked.length, 1)
    assert.match(read('default.nix'), /hash = "sha256:[0-9a-z]{52}";/)
  })

  it('leaves all as it is where nobody approves', async () => {
    const text = `(import ./fetch.nix) "refused" (let hash = ""; in hash) "echo ${unique()} > $out"`
    folder.write({ 'default.nix': text })
    const error = await failure(fixing(async () => false))
    assert.ok(error instanceof HashMismatchError)
    assert.equal(read('default.nix'), text)
    assert.equal(asked.length, 1)
  })

  it('stops where what is fetched differs each time', async () => {
    folder.write({ 'default.nix': '{ hash = ""; }' })
    const fix = hashFixer(folder.path, async () => true)
    let fetched = 0
    const error = await failure(
      fix(async () => {
        const specified = parseHash(/"(.+)"/.exec(read('default.nix'))?.[1] ?? ZERO)
        fetched += 1
        const got = { algorithm: 'sha256' as const, bytes: Buffer.alloc(32, fetched) }
        assert.ok(specified)
        throw new HashMismatchError([{ where: '/nix/store/x-changing.drv', specified, got }], 'this machine')
      }),
    )
    assert.match(error.parts.what, /changing is not the same each time it is fetched: no hash fits$/)
    assert.equal(fetched, 2)
  })

  it('stops where the hash stands in no file of the project', async () => {
    folder.write({
      'default.nix': `(import ./fetch.nix) "nowhere" (builtins.concatStringsSep "" [ "sha256-" (import ./half.nix) ]) "echo ${unique()} > $out"`,
      'half.nix': '"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa" + "0="',
    })
    const error = await failure(fixing())
    assert.equal(error.parts.what, 'the hash of nowhere stands in no file of the project')
  })

  it('stops where the build does not take what was written', async () => {
    folder.write({
      'default.nix': `(import ./fetch.nix) "elsewhere" (import ${join(folder.path, '../other.nix')}) "echo ${unique()} > $out"`,
      'unused.nix': '{ hash = ""; }',
      '../other.nix': '""',
    })
    const error = await failure(fixing())
    assert.equal(error.parts.what, 'the right hash of elsewhere was written, but the build takes another one')
    assert.equal(asked.length, 1)
  })

  it('asks which is meant where that is not clear', async () => {
    folder.write({
      'default.nix': `let a = { hash = ""; };\n b = { hash = ""; };\n in (import ./fetch.nix) "unclear" a.hash "echo ${unique()} > $out"`,
    })
    const error = await failure(fixing())
    assert.equal(error.parts.what, 'which hash is that of unclear is not clear: default.nix:1, default.nix:2')
    assert.deepEqual(asked, [])
  })

  it('leaves other errors alone', async () => {
    folder.write({ 'default.nix': derivation('slipway-test-fails', 'exit 1') })
    const error = await failure(fixing())
    assert.equal(error.parts.what, 'the build of slipway-test-fails failed on this machine')
  })

  it('edits once what several hosts meet', async () => {
    const fetched = unique()
    folder.write({
      'default.nix': `(import ./fetch.nix) "shared" (let hash = ""; in hash) "echo ${fetched} > $out"`,
    })
    const nix = localNix(folder.path)
    const fix = hashFixer(folder.path, async (diff) => {
      asked.push(diff)
      return true
    })
    const work = async () => {
      const { drv, out } = await evaluate(
        nix,
        'services.web.package',
        { file: 'default.nix', attr: undefined },
        {},
      )
      await build(nix, [drv], () => {})
      return out
    }
    const [a, b] = await Promise.all([fix(work), fix(work)])
    assert.equal(a, b)
    assert.equal(asked.length, 1)
  })

  describe('in a git repository', () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder.path, stdio: 'ignore' })
    const wrong = (text: string) => `(import ./fetch.nix) "tracked" (import ./hash.nix) "echo ${text} > $out"`

    it('edits tracked files, with their modes, and those beside the config', async () => {
      const [one, two] = [unique(), unique()]
      folder.write({ 'nix/hash.nix': '{ hash = ""; }.hash', 'hash.nix': 'import ./nix/hash.nix' })
      folder.write({ 'default.nix': wrong(one) })
      chmodSync(join(folder.path, 'nix/hash.nix'), 0o755)
      git('init', '-q')
      git('add', 'nix', 'fetch.nix')
      await fixing()
      assert.equal(read('nix/hash.nix'), `{ hash = "${hashOf(folder, one)}"; }.hash`)
      assert.equal(statSync(join(folder.path, 'nix/hash.nix')).mode & 0o777, 0o755)
      folder.write({ 'hash.nix': '{ hash = ""; }.hash', 'default.nix': wrong(two) })
      await fixing()
      assert.equal(read('hash.nix'), `{ hash = "${hashOf(folder, two)}"; }.hash`)
    })

    it('edits no link, no lock file, and nothing that is neither tracked nor beside the config', async () => {
      const text = '{ hash = ""; }.hash'
      folder.write({ '../elsewhere.nix': text, 'flake.lock': text, 'deep/hash.nix': text })
      folder.write({ 'hash.nix': 'import ./deep/hash.nix', 'default.nix': wrong(unique()) })
      symlinkSync('../elsewhere.nix', join(folder.path, 'link.nix'))
      git('init', '-q')
      git('add', 'fetch.nix', 'link.nix', 'flake.lock')
      const error = await failure(fixing())
      assert.match(error.message, /stands in no file of the project/)
      for (const path of ['../elsewhere.nix', 'flake.lock', 'deep/hash.nix']) assert.equal(read(path), text)
    })

    it('edits files of the repository above the config', async () => {
      const one = unique()
      folder.write({ 'hash.nix': '{ hash = ""; }.hash', 'deploy/default.nix': 'import ../top.nix' })
      folder.write({ 'top.nix': wrong(one) })
      git('init', '-q')
      git('add', '.')
      await fixing(undefined, join(folder.path, 'deploy'))
      assert.equal(read('hash.nix'), `{ hash = "${hashOf(folder, one)}"; }.hash`)
    })
  })
})
