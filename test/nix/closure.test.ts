import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { closureOf, parsePathInfo } from '../../src/nix/closure.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from './samples.js'

const APP = '/nix/store/p10myrllwz9y0b4brz83zvaq364984mm-ok-1.0'
const DEP = '/nix/store/dqh9lqb3abv90ziv5mf2hxrbvf2ibihw-dep'

describe('parsePathInfo', () => {
  const closure = [
    { path: DEP, bytes: 120 },
    { path: APP, bytes: 496 },
  ]

  it('reads the array of Nix up to 2.18, sorted by path', () => {
    const json = `[{"path":"${APP}","narHash":"sha256-mex0=","narSize":496,"references":["${DEP}"],"registrationTime":1795233133,"ultimate":true},{"path":"${DEP}","narSize":120,"references":[]}]`
    assert.deepEqual(parsePathInfo(json), closure)
  })

  it('reads the object of Nix since 2.19', () => {
    const json = `{"${APP}":{"narHash":"sha256-mex0=","narSize":496,"references":["${DEP}"]},"${DEP}":{"narSize":120}}`
    assert.deepEqual(parsePathInfo(json), closure)
  })

  it('takes a path that Nix knows no size of for empty', () => {
    assert.deepEqual(parsePathInfo(`{"${APP}":null}`), [{ path: APP, bytes: 0 }])
    assert.deepEqual(parsePathInfo(`[{"path":"${APP}"}]`), [{ path: APP, bytes: 0 }])
  })
})

describe('closureOf', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  it('lists what a path needs, with real sizes', async () => {
    const needed = derivation('slipway-test-needed', 'echo data > $out')
    const app = derivation('slipway-test-app', `echo \${(${needed})} > $out`)
    folder.write({ 'default.nix': app })
    const path = execFileSync('nix-build', ['--no-out-link', 'default.nix'], {
      cwd: folder.path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const closure = await closureOf(localNix(folder.path), path)
    assert.deepEqual(closure.map((entry) => entry.path.slice(44)).sort(), [
      'slipway-test-app',
      'slipway-test-needed',
    ])
    // A NAR of a file of 5 bytes: 120 bytes.
    assert.equal(closure.find((entry) => entry.path.endsWith('-needed'))?.bytes, 120)
  })

  it('says why a path has none', async () => {
    const missing = '/nix/store/00000000000000000000000000000000-missing'
    const error = await closureOf(localNix(folder.path), missing).catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError)
    assert.equal(error.parts.what, `the closure of ${missing} can't be listed`)
    assert.match(error.parts.why ?? '', /is not valid/)
  })
})
