import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { generatedFiles } from '../../src/config/generated-files.js'
import { referenceSections } from '../../src/config/reference.js'

describe('generatedFiles', () => {
  for (const [path, text] of Object.entries(generatedFiles(referenceSections()))) {
    it(`${path} is what \`npm run generate\` writes`, () => {
      assert.equal(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), text)
    })
  }

  it('describes every field', () => {
    const silent = referenceSections().flatMap(({ name, fields }) =>
      fields.filter(({ description }) => description === '').map((field) => `${name}.${field.name}`),
    )
    assert.deepEqual(silent, [])
  })
})
