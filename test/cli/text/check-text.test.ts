import './no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkFailureText, checkLine, checkProgress } from '../../../src/cli/text/check-text.js'
import type { CheckEvent, CheckResult, FlakeCheck } from '../../../src/nix/flake-checks.js'

const DRV = '/nix/store/sa25na9bzjwv41byzvqmgp2aqy6ix89l-tests-1.0.drv'

function result(own: Partial<CheckResult>): CheckResult {
  return { flake: '.', name: 'tests', ok: true, seconds: 1.23, failed: null, log: [], ...own }
}

describe('checkLine', () => {
  for (const [own, line] of [
    [{}, '✓ tests 1.2 s'],
    [{ seconds: null }, '✓ tests passed before'],
    [{ ok: false }, '✗ tests 1.2 s'],
    [{ ok: false, seconds: null }, '✗ tests'],
    [{ flake: './api' }, '✓ ./api#tests 1.2 s'],
  ] as const) {
    it(`is "${line}"`, () => assert.equal(checkLine(result(own)), line))
  }
})

describe('checkFailureText', () => {
  it('shows the end of the log and how to see all', () => {
    assert.equal(
      checkFailureText(result({ ok: false, failed: DRV, log: ['one', 'two'] })),
      `✗ tests (tests-1.0)\n    one\n    two\n  all of it: nix log ${DRV}`,
    )
  })
  it('shows what Nix says where nothing was built', () => {
    assert.equal(
      checkFailureText(result({ ok: false, log: ['error: not yet'] })),
      '✗ tests\n    error: not yet',
    )
  })
})

describe('checkProgress', () => {
  it('has a line for each check that is over, and below, one for each that runs', () => {
    const shown: string[] = []
    const show = checkProgress({
      line: (text) => shown.push(`line ${text}`),
      error: (text) => shown.push(`error ${text}`),
      warn: (text) => shown.push(`warn ${text}`),
      status: (text) => shown.push(`status ${text}`),
    })
    const check = (name: string): FlakeCheck => ({
      flake: '.',
      name,
      drv: `/nix/store/x-${name}.drv`,
      out: '',
    })
    const [lint, tests] = [check('lint'), check('tests')]
    const events: CheckEvent[] = [
      { type: 'preparing', event: { type: 'building', derivation: '/nix/store/x-dep.drv' } },
      { type: 'started', check: lint },
      { type: 'started', check: tests },
      { type: 'line', check: tests, line: 'test 1' },
      { type: 'finished', result: result({ name: 'lint' }) },
      { type: 'finished', result: result({ name: 'tests', ok: false }) },
    ]
    for (const event of events) show(event)
    assert.deepEqual(shown, [
      'status building /nix/store/x-dep',
      'status … lint',
      'status … lint\n… tests',
      'status … lint\n… tests: test 1',
      'line ✓ lint 1.2 s',
      'status … tests: test 1',
      'line ✗ tests 1.2 s',
      'status building /nix/store/x-dep',
    ])
  })
})
