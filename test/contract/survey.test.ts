import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pathsIn, withPaths } from '../../src/contract/survey.js'

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

  it('are changed where they stand, and nothing around them', () => {
    const moved = (text: string) => withPaths(text, (path) => (path === '/srv/a' ? '/var/$&' : path))
    assert.equal(
      moved('/srv/ab:/srv/a/ --x=sqlite:////srv/a?/srv/a'),
      '/srv/ab:/var/$&/ --x=sqlite:////var/$&?/srv/a',
    )
  })
})
