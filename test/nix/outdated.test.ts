import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { evaluate } from '../../src/nix/evaluate.js'
import { HashMismatchError } from '../../src/nix/hashes/error.js'
import { encodeHash } from '../../src/nix/hashes/hash.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { isOutdated } from '../../src/nix/outdated.js'
import { build } from '../../src/nix/realise.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from './samples.js'

describe('isOutdated', () => {
  for (const line of [
    'go: inconsistent vendoring in /build/source:',
    'ERROR: cargoHash or cargoSha256 is out of date',
    'ERROR: npmDepsHash is out of date',
    ' ERR_PNPM_NO_OFFLINE_TARBALL  A package is missing from the store',
  ]) {
    it(`knows ${line.trim()}`, () => assert.equal(isOutdated(line), true))
  }
  for (const line of ['error: package `x` is out of date', 'this cache is out of date', 'ok']) {
    it(`does not take ${line} for it`, () => assert.equal(isOutdated(line), false))
  }
})

describe('build, where dependencies are those of another lock file', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  /** Builds a program whose dependencies are fetched as `lock` says, under a hash. */
  async function buildWith(lock: string, hash: string, message: string, staged = false) {
    const fetched = `derivation {
      name = "slipway-test-${staged ? 'vendor-staging' : 'go-modules'}";
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [ "-c" "echo ${lock} > $out" ];
      outputHashMode = "recursive"; outputHashAlgo = null; outputHash = "${hash}";
    }`
    const made = derivation(
      'slipway-test-vendor',
      'read a < $staging; echo $a > $out',
      `staging = ${fetched};`,
    )
    folder.write({
      'default.nix': derivation(
        'slipway-test-program',
        `read have < $dependencies; if [ $have != ${lock} ]; then echo "${message}"; exit 1; fi; echo > $out`,
        `dependencies = ${staged ? made : fetched};`,
      ),
    })
    const nix = localNix(folder.path)
    const { drv } = await evaluate(nix, 'services.web.package', { file: 'default.nix', attr: undefined }, {})
    await build(nix, [drv], () => {})
  }

  async function failure(working: Promise<unknown>): Promise<SlipwayError> {
    const error = await working.catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError, String(error))
    return error
  }

  const ZERO = 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
  const STALE = 'go: inconsistent vendoring in /build/source:'

  for (const [what, staged] of [
    ['fetched', false],
    ['made of what was fetched', true],
  ] as const) {
    it(`tells the right hash of dependencies that are ${what}`, async () => {
      const [one, two] = [1, 2].map((n) => `lock-${n}-${staged}-${process.pid}-${Date.now()}`) as [
        string,
        string,
      ]
      const right = async (lock: string) => {
        const error = await failure(buildWith(lock, ZERO, STALE, staged))
        assert.ok(error instanceof HashMismatchError)
        return encodeHash(error.mismatches[0]?.got ?? assert.fail(), 'sri')
      }
      const hash = await right(one)
      await buildWith(one, hash, STALE, staged)
      const error = await failure(buildWith(two, hash, STALE, staged))
      assert.ok(error instanceof HashMismatchError, error.message)
      const told = error.mismatches.map(({ specified, got }) =>
        [specified, got].map((h) => encodeHash(h, 'sri')),
      )
      assert.deepEqual(told, [[hash, await right(two)]])
    })
  }

  it('is an ordinary failure where the log says nothing of it', async () => {
    const lock = `lock-${process.pid}-${Date.now()}`
    const hash = await failure(buildWith(lock, ZERO, STALE)).then((error) => {
      assert.ok(error instanceof HashMismatchError)
      return encodeHash(error.mismatches[0]?.got ?? assert.fail(), 'sri')
    })
    await buildWith(lock, hash, STALE)
    const error = await failure(buildWith(`${lock}-2`, hash, 'undefined: main'))
    assert.equal(error.parts.what, 'the build of slipway-test-program failed on this machine')
    assert.equal(error.parts.why, 'undefined: main')
  })
})
