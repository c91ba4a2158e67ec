import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shellProblem } from '../../src/config/command-line.js'

describe('shellProblem', () => {
  for (const text of [
    'forum',
    'forum --listen 127.0.0.1:3000 --env=production',
    'gunicorn app:create_app()',
    'worker a|b x&y 100%',
    'price 5$',
  ]) {
    it(`finds none in ${text}`, () => assert.equal(shellProblem(text), undefined))
  }

  for (const [text, found] of [
    ['probe --listen 127.0.0.1:$PORT', '$PORT'],
    [`probe --port=\${PORT:-3000}`, '${'],
    ['probe $(hostname)', '$('],
    ['probe --title "My Forum"', '"'],
    ["gunicorn 'app:create_app()'", "'"],
    ['probe a\\ b', '\\'],
    ['migrate && probe', '&&'],
    ['probe > /dev/null', '>'],
    ['probe 2>> log', '2>>'],
    ['probe &', '&'],
    ['RUST_LOG=info probe', 'RUST_LOG=info'],
  ] as const) {
    it(`finds ${found} in ${text}`, () => assert.ok(shellProblem(text)?.startsWith(`${found} would `)))
  }
})
