import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import '../../../cli/text/no-color.js'
import { REPOSITORIES } from './repositories.js'
import { type Files, written } from './written.js'

const EXPECTED = fileURLToPath(new URL('../../../fixtures/javascript', import.meta.url))

/** As with the corpus: after a change that is meant, UPDATE_EXPECTED=1 writes what is expected anew. */
const UPDATE = process.env.UPDATE_EXPECTED === '1'

const withoutUndefined = (files: Files) =>
  Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined))

describe('JavaScript repositories', () => {
  it('have an expectation each, and there are no others', () => {
    if (UPDATE) return
    assert.deepEqual(
      readdirSync(EXPECTED).sort(),
      Object.keys(REPOSITORIES)
        .map((name) => `${name}.txt`)
        .sort(),
    )
  })

  for (const [name, files] of Object.entries(REPOSITORIES)) {
    it(name, () => {
      const text = written(name, withoutUndefined(files))
      const file = join(EXPECTED, `${name}.txt`)
      if (UPDATE) {
        mkdirSync(EXPECTED, { recursive: true })
        writeFileSync(file, text)
      }
      assert.equal(text, readFileSync(file, 'utf8'))
    })
  }
})
