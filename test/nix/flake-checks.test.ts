import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { type CheckEvent, findChecks, runChecks } from '../../src/nix/flake-checks.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from './samples.js'

describe('checks of flakes', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  // Every check is one that this machine has not run yet.
  let unique: string
  beforeEach(() => {
    folder?.remove()
    folder = temporaryFolder()
    unique = `${process.pid}-${Date.now()}`
  })
  after(() => folder.remove())

  const check = (name: string, script: string, more = '') =>
    derivation(`slipway-check-${name}`, `: ${unique}; ${script}`, more)
  const flake = (path: string, checks: Record<string, string>, system = SYSTEM) =>
    folder.write({
      [`${path}/flake.nix`]: `{ outputs = _: { checks.${system} = {
        ${Object.entries(checks)
          .map(([name, value]) => `"${name}" = ${value};`)
          .join('\n')}
      }; }; }`,
    })
  const find = (...flakes: string[]) => findChecks(localNix(folder.path), flakes, {})

  async function run(...flakes: string[]) {
    const { checks } = await find(...flakes)
    const events: CheckEvent[] = []
    const { results, mismatches } = await runChecks(localNix(folder.path), checks, (event) =>
      events.push(event),
    )
    return { results, mismatches, events }
  }

  it('are found for this machine’s system', async () => {
    flake('.', { lint: check('lint', 'echo > $out'), 'a b': check('ab', 'echo > $out') })
    flake('other', { foreign: check('foreign', 'echo > $out') }, 'riscv64-linux')
    folder.write({ 'none/flake.nix': '{ outputs = _: { }; }' })
    const { checks, broken } = await find('.', './other', './none')
    assert.deepEqual(
      checks.map(({ flake, name }) => [flake, name]),
      [
        ['.', 'a b'],
        ['.', 'lint'],
      ],
    )
    assert.deepEqual(broken, [])
  })

  it('are found beside one that can’t be evaluated', async () => {
    flake('.', { lint: check('lint', 'echo > $out'), later: 'throw "not written yet"' })
    const { checks, broken } = await find('.')
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['lint'],
    )
    const [later, ...others] = broken
    assert.deepEqual(others, [])
    assert.deepEqual([later?.name, later?.ok, later?.seconds, later?.failed], ['later', false, null, null])
    assert.match(later?.log.join('\n') ?? '', /error: not written yet/)
  })

  it('are broken with a flake that can’t be evaluated', async () => {
    folder.write({ 'flake.nix': '{ outputs = _: ; }' })
    const { checks, broken } = await find('.')
    assert.deepEqual(checks, [])
    assert.match(broken[0]?.log.join('\n') ?? '', /syntax error/)
  })

  it('all run, whatever fails, with the log of what failed', async () => {
    const needed = check('needed', 'echo no header; exit 2')
    flake('.', {
      lint: check('lint', 'echo clean > $out'),
      needs: check('needs', 'echo > $out', `inherit (${needed}) outPath; needed = ${needed};`),
      tests: check('tests', 'echo one; echo two; exit 1'),
    })
    const { results, events } = await run('.')
    assert.deepEqual(
      results.map(({ name, ok, log, failed, seconds }) => [
        name,
        ok,
        log,
        failed?.replace(/.*-slipway/, 'slipway') ?? null,
        seconds !== null,
      ]),
      [
        ['lint', true, [], null, true],
        ['needs', false, ['no header'], 'slipway-check-needed.drv', false],
        ['tests', false, ['one', 'two'], 'slipway-check-tests.drv', true],
      ],
    )
    const told = events.flatMap((event) => (event.type === 'finished' ? [event.result.name] : []))
    assert.deepEqual(told.sort(), ['lint', 'needs', 'tests'])
    const lines = events.flatMap((event) =>
      event.type === 'line' ? [`${event.check.name}: ${event.line}`] : [],
    )
    assert.deepEqual(lines, ['tests: one', 'tests: two'])
  })

  it('don’t run again where they passed', async () => {
    flake('.', { lint: check('lint', 'echo > $out') })
    await run('.')
    const { results, events } = await run('.')
    assert.deepEqual(
      results.map(({ ok, seconds }) => [ok, seconds]),
      [[true, null]],
    )
    assert.deepEqual(
      events.map(({ type }) => type),
      ['finished'],
    )
  })

  it('run side by side: each waits for the other', async () => {
    // Outside the flake: a pipe can't be copied to the store.
    const pipes = temporaryFolder()
    const [one, two] = [join(pipes.path, 'one'), join(pipes.path, 'two')]
    execFileSync('mkfifo', [one, two])
    flake('.', {
      a: check('a', `echo > ${one}; read x < ${two}; echo > $out`),
      b: check('b', `read x < ${one}; echo > ${two}; echo > $out`),
    })
    const config = process.env.NIX_CONFIG
    // Seconds after which Nix gives up on a build that would wait for ever.
    process.env.NIX_CONFIG = `${config}\ntimeout = 60`
    const { results } = await run('.').finally(() => {
      process.env.NIX_CONFIG = config
      pipes.remove()
    })
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, true],
    )
  })

  it('end, each, when it ends, whatever else runs', async () => {
    const pipes = temporaryFolder()
    const pipe = join(pipes.path, 'pipe')
    execFileSync('mkfifo', [pipe])
    flake('.', { fast: check('fast', 'echo > $out'), slow: check('slow', `read x < ${pipe}; echo > $out`) })
    const { checks } = await find('.')
    const ended: string[] = []
    const config = process.env.NIX_CONFIG
    process.env.NIX_CONFIG = `${config}\ntimeout = 60`
    const { results } = await runChecks(localNix(folder.path), checks, (event) => {
      if (event.type !== 'finished') return
      ended.push(event.result.name)
      // The slow one goes on only once the fast one is known to have ended.
      if (event.result.name === 'fast') writeFile(pipe, 'go\n', () => undefined)
    }).finally(() => {
      process.env.NIX_CONFIG = config
      pipes.remove()
    })
    assert.deepEqual(ended, ['fast', 'slow'])
    const [fast, slow] = results
    assert.ok((fast?.seconds ?? 0) < (slow?.seconds ?? 0), JSON.stringify(results))
  })

  it('tell of wrong hashes', async () => {
    const fetched = check(
      'go-modules',
      'echo > $out',
      'outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputHash = "0000000000000000000000000000000000000000000000000000";',
    )
    flake('.', { tests: check('tests', 'echo > $out', `modules = ${fetched};`) })
    const { results, mismatches } = await run('.')
    assert.equal(results[0]?.ok, false)
    assert.match(results[0]?.failed ?? '', /slipway-check-go-modules\.drv$/)
    assert.match(results[0]?.log.join('\n') ?? '', /hash mismatch in fixed-output derivation/)
    assert.equal(mismatches.length, 1)
  })
})
