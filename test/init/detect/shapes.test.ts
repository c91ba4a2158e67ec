import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { detectionText, setupText } from '../../../src/cli/text/detection-text.js'
import { errorText } from '../../../src/cli/text/error-text.js'
import { SlipwayError } from '../../../src/errors.js'
import '../../cli/text/no-color.js'
import { initialise, textTree } from './corpus.js'
import { formatArchive, parseArchive } from './txtar.js'

/**
 * Shapes of repositories, each in one file with what `slipway init --yes` makes of it: the repository's files,
 * then `=> report.txt`, `=> slipway.config.ts` and `=> flake.nix`, or the report of a refusal alone. After a
 * change that is meant, UPDATE_EXPECTED=1 writes what is expected anew, to be read before it is committed.
 */
const SHAPES = fileURLToPath(new URL('../../fixtures/shapes', import.meta.url))
const UPDATE = process.env.UPDATE_EXPECTED === '1'
const MARK = '=> '

/** What every flake of `init` has, which one of them shows. */
const SHARED = [
  /^ {6}systems = \[\n[\s\S]*?\n {6}eachSystem =\n[\s\S]*?\n {8}\);\n\n?/m,
  /^ {6}# `services\.[\s\S]*$/m,
]

function written(files: Record<string, string>, name: string): Record<string, string> {
  try {
    const { detection, setup, config, flake } = initialise(textTree(files, name), undefined)
    return {
      'report.txt': `${detectionText(detection)}\n${setupText(setup, detection)}\n`,
      'slipway.config.ts': config,
      ...(flake === undefined
        ? {}
        : { 'flake.nix': `${SHARED.reduce((text, shared) => text.replace(shared, ''), flake).trimEnd()}\n` }),
    }
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error instanceof Error ? error.stack : error))
    return { 'report.txt': `${errorText(error)}\n` }
  }
}

describe('the shapes', () => {
  for (const file of readdirSync(SHAPES).sort()) {
    const name = file.replace(/\.txtar$/, '')
    it(name, () => {
      const path = join(SHAPES, file)
      const { comment, files } = parseArchive(readFileSync(path, 'utf8'))
      const own = Object.fromEntries(Object.entries(files).filter(([key]) => !key.startsWith(MARK)))
      const results = written(own, name.replace(/^[a-z]+-/, ''))
      const expected = Object.fromEntries(
        Object.entries(results).map(([key, text]) => [`${MARK}${key}`, text]),
      )
      if (UPDATE) writeFileSync(path, formatArchive({ comment, files: { ...own, ...expected } }))
      else assert.deepEqual(files, { ...own, ...expected })
    })
  }
})
