import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { flowScalar, scalar, script } from '../../../src/init/ci/yaml.js'

const TEXTS = [
  'main',
  'true',
  'No',
  '1.10',
  '1e3',
  '0x1f',
  '2026-01-31',
  '.inf',
  'y',
  '~',
  '',
  '-',
  '- a',
  'a: b',
  'a:b',
  'a:',
  'a #b',
  'a#b',
  '#a',
  '(umask 077; echo "$KEY" > ~/.ssh/id)',
  'test "$A" = push || exit 0',
  '"quoted"',
  "'quoted'",
  "it's",
  '[a]',
  '{a}',
  `\${{ secrets.X }}`,
  '*a',
  '&a',
  '!a',
  '|',
  '> a',
  '%a',
  '@a',
  '`a`',
  'a, b',
  ' a ',
  'a\tb',
  'back\\slash',
  'ünï',
]

describe('scalar', () => {
  for (const text of TEXTS) {
    it(`is read as ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parse(`a: ${scalar(text)}\nb:\n  - ${scalar(text)}\n`), { a: text, b: [text] })
    })
  }
  it('is plain where it can be', () =>
    assert.equal(scalar('npx slipway@0.1.0 check'), 'npx slipway@0.1.0 check'))
})

describe('flowScalar', () => {
  for (const text of TEXTS) {
    it(`is read as ${JSON.stringify(text)}`, () =>
      assert.deepEqual(parse(`a: [${flowScalar(text)}, b]\n`), { a: [text, 'b'] }))
  }
})

describe('script', () => {
  it('keeps its lines', () => {
    const lines = ['a: b', '- c #d', '  e "f"']
    assert.deepEqual(parse(`run: ${script(lines, '  ')}\n`), { run: 'a: b\n- c #d\n  e "f"\n' })
    assert.equal(script(['echo a'], '  '), 'echo a')
  })
})
