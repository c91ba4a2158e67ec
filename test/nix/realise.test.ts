import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import type { BuildEvent } from '../../src/nix/internal-json.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { build } from '../../src/nix/realise.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from './samples.js'

describe('build', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  function instantiate(expression: string): string {
    folder.write({ 'default.nix': expression })
    return execFileSync('nix-instantiate', ['default.nix'], {
      cwd: folder.path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  }

  /** The error and the events of a build that fails. */
  async function failure(...derivations: string[]) {
    const events: BuildEvent[] = []
    const nix = localNix(folder.path)
    const error = await build(nix, derivations, (event) => events.push(event)).catch(
      (error: unknown) => error,
    )
    assert.ok(error instanceof SlipwayError, String(error))
    return { parts: error.parts, events }
  }

  it('tells of progress and leaves the package', async () => {
    const drv = instantiate(
      derivation(`slipway-test-${process.pid}-${Date.now()}`, 'echo compiling; echo > $out'),
    )
    const events: BuildEvent[] = []
    await build(localNix(folder.path), [drv], (event) => events.push(event))
    // How often Nix counts depends on how long it takes.
    assert.deepEqual(
      events.filter(({ type }) => type !== 'message' && type !== 'counted'),
      [
        { type: 'building', derivation: drv },
        { type: 'log', derivation: drv, line: 'compiling' },
        { type: 'built', derivation: drv },
      ],
    )
    const out = execFileSync('nix-store', ['--query', drv], { encoding: 'utf8' }).trim()
    assert.ok(existsSync(out))
  })

  it('says nothing of what is built already', async () => {
    const drv = instantiate(derivation('slipway-test-built', 'echo > $out'))
    await build(localNix(folder.path), [drv], () => {})
    const events: BuildEvent[] = []
    await build(localNix(folder.path), [drv], (event) => events.push(event))
    assert.deepEqual(
      events.filter(({ type }) => type === 'building'),
      [],
    )
  })

  it('fails with the end of the log', async () => {
    const drv = instantiate(
      derivation(
        'slipway-test-fails',
        'n=0; while [ $n -lt 30 ]; do n=$((n + 1)); echo line $n; done; exit 3',
      ),
    )
    const { parts } = await failure(drv)
    assert.deepEqual(parts, {
      what: 'the build of slipway-test-fails failed on this machine',
      why: Array.from({ length: 20 }, (_, index) => `line ${index + 11}`).join('\n'),
      still: 'Nothing was changed on any host.',
      next: `See all of its log: nix log ${drv}`,
    })
  })

  it('names the dependency that failed, not what needs it', async () => {
    const needed = derivation('slipway-test-needed-fails', 'echo cause; exit 1')
    const drv = instantiate(derivation('slipway-test-needs', 'echo > $out', `inherit (${needed}) outPath;`))
    const { parts } = await failure(drv)
    assert.equal(parts.what, 'the build of slipway-test-needed-fails failed on this machine')
    assert.equal(parts.why, 'cause')
  })

  it('shows what Nix says where nothing was built', async () => {
    const missing = '/nix/store/00000000000000000000000000000000-missing.drv'
    const { parts } = await failure(missing)
    assert.equal(parts.what, 'the build failed on this machine')
    assert.match(parts.why ?? '', /missing\.drv/)
  })

  it('says how to make room on a full disk', async () => {
    const drv = instantiate(
      derivation('slipway-test-full', 'echo "write error: No space left on device" >&2; exit 1'),
    )
    assert.equal((await failure(drv)).parts.next, 'Make room: nix-collect-garbage.')
  })
})
