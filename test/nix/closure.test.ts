import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { closureOf, closuresOf, parsePathInfo } from '../../src/nix/closure.js'
import { localNix, type NixRunner } from '../../src/nix/nix-runner.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from './samples.js'

const APP = '/nix/store/p10myrllwz9y0b4brz83zvaq364984mm-ok-1.0'
const DEP = '/nix/store/dqh9lqb3abv90ziv5mf2hxrbvf2ibihw-dep'

describe('parsePathInfo', () => {
  const known = [
    { path: APP, bytes: 496, references: [DEP] },
    { path: DEP, bytes: 120, references: [] },
  ]

  it('reads the array of Nix up to 2.18', () => {
    const json = `[{"path":"${APP}","narHash":"sha256-mex0=","narSize":496,"references":["${DEP}"],"registrationTime":1795233133,"ultimate":true},{"path":"${DEP}","narSize":120,"references":[]}]`
    assert.deepEqual([...parsePathInfo(json).values()], known)
  })

  it('reads the object of Nix since 2.19', () => {
    const json = `{"${APP}":{"narHash":"sha256-mex0=","narSize":496,"references":["${DEP}"]},"${DEP}":{"narSize":120}}`
    assert.deepEqual([...parsePathInfo(json).values()], known)
  })

  it('takes a path that Nix knows no size of for empty', () => {
    const empty = [{ path: APP, bytes: 0, references: [] }]
    assert.deepEqual([...parsePathInfo(`{"${APP}":null}`).values()], empty)
    assert.deepEqual([...parsePathInfo(`[{"path":"${APP}"}]`).values()], empty)
  })
})

/** Nix that answers with a closure, and remembers what it was asked for. */
function answering(json: string): { nix: NixRunner; asked: string[][] } {
  const asked: string[][] = []
  const nix: NixRunner = {
    ...localNix('/'),
    run: async ({ args }) => {
      asked.push(args.filter((word) => word.startsWith('/nix/store/')))
      return { exitCode: 0, stdout: json, stderr: '' }
    },
  }
  return { nix, asked }
}

describe('closuresOf', () => {
  const LOOP = '/nix/store/zzzzlrllwz9y0b4brz83zvaq364984mm-loop'
  const JSON_OF_ALL = `{"${APP}":{"narSize":496,"references":["${DEP}"]},"${DEP}":{"narSize":120,"references":["${DEP}"]},"${LOOP}":{"narSize":8,"references":["${LOOP}","${DEP}"]}}`

  it('asks once for all, and gives each its own, sorted by path', async () => {
    const { nix, asked } = answering(JSON_OF_ALL)
    const closures = await closuresOf(nix, [APP, LOOP, DEP, APP])
    assert.deepEqual(
      closures,
      new Map([
        [
          APP,
          [
            { path: DEP, bytes: 120 },
            { path: APP, bytes: 496 },
          ],
        ],
        [
          LOOP,
          [
            { path: DEP, bytes: 120 },
            { path: LOOP, bytes: 8 },
          ],
        ],
        [DEP, [{ path: DEP, bytes: 120 }]],
      ]),
    )
    assert.deepEqual(asked, [[APP, LOOP, DEP]])
  })

  it('asks nothing for no paths', async () => {
    const { nix, asked } = answering('{}')
    assert.deepEqual(await closuresOf(nix, []), new Map())
    assert.deepEqual(asked, [])
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

  it('names the one of several that has none', async () => {
    folder.write({ 'other.nix': derivation('slipway-test-other', 'echo > $out') })
    const path = execFileSync('nix-build', ['--no-out-link', 'other.nix'], {
      cwd: folder.path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const missing = '/nix/store/00000000000000000000000000000000-missing'
    await assert.rejects(closuresOf(localNix(folder.path), [path, missing]), {
      message: `the closure of ${missing} can't be listed`,
    })
  })

  it('says why a path has none', async () => {
    const missing = '/nix/store/00000000000000000000000000000000-missing'
    const error = await closureOf(localNix(folder.path), missing).catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError)
    assert.equal(error.parts.what, `the closure of ${missing} can't be listed`)
    assert.match(error.parts.why ?? '', /is not valid/)
  })
})
