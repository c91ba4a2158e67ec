import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pathsIn } from '../../src/contract/survey.js'

describe('paths in a text', () => {
  it('are found by themselves, in URLs, options and lists', () => {
    for (const [text, paths] of [
      ['/srv/a.db', ['/srv/a.db']],
      ['sqlite:////srv/a.db?mode=rw', ['/srv/a.db']],
      ['--db=/srv/a.db', ['/srv/a.db']],
      ['/srv/a:/srv/b/,/srv/a', ['/srv/a', '/srv/b']],
      ['file:/srv/a.db', ['/srv/a.db']],
      ['data/a.db', []],
      ['/', []],
      [':3001', []],
    ] as const) {
      assert.deepEqual(pathsIn(text), paths, text)
    }
  })
})
