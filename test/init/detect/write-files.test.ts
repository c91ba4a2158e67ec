import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { SlipwayError } from '../../../src/errors.js'
import { writeFiles } from '../../../src/init/detect/write-files.js'
import { type Folder, temporaryFolder } from '../../nix/samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

const FILES = { 'flake.nix': '{ }\n', 'slipway.config.ts': 'export default {}\n' }

describe('writeFiles', () => {
  it('writes all of them', async () => {
    await writeFiles(folder.path, FILES)
    assert.deepEqual(readdirSync(folder.path).sort(), Object.keys(FILES))
    assert.equal(readFileSync(join(folder.path, 'flake.nix'), 'utf8'), '{ }\n')
  })

  it('writes none where one is there already, and leaves that as it is', async () => {
    folder.write({ 'slipway.config.ts': 'mine' })
    await assert.rejects(writeFiles(folder.path, FILES), SlipwayError)
    assert.deepEqual(readdirSync(folder.path), ['slipway.config.ts'])
    assert.equal(readFileSync(join(folder.path, 'slipway.config.ts'), 'utf8'), 'mine')
  })
})
