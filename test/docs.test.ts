import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** What of a text matches, without what is not there. */
function missing(text: string, pattern: RegExp): string[] {
  const named = [...text.matchAll(pattern)].map(([, path = '']) => path)
  assert.notEqual(named.length, 0)
  return named.filter((path) => !existsSync(join(ROOT, path)))
}

describe('the docs', () => {
  it('name a test that is there for each promise', () => {
    const promises = read('docs/people.md')
      .split('\n')
      .filter((line) => /^\| +\d+ \|/.test(line))
    assert.equal(promises.length, 20)
    for (const promise of promises) assert.deepEqual(missing(promise, /`(test\/[^`]+)`/g), [], promise)
  })

  it('have each page that messages point to', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    const text = sources.filter((file) => file.endsWith('.ts')).map((file) => read(join('src', file)))
    assert.deepEqual(missing(text.join('\n'), /\b(docs\/\w+\.md)/g), [])
  })
})
