import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { collectAssets } from '../../src/nix/assets.js'
import { type Folder, temporaryFolder } from './samples.js'

let folder: Folder
before(() => {
  folder = temporaryFolder()
  folder.write({ 'views/a.html': 'a', 'view/b.html': 'b', 'logo.svg': '<svg/>', 'new/c.html': 'c' })
  folder.git('init', '-q')
  folder.git('add', 'views', 'view', 'logo.svg')
})
after(() => folder.remove())

describe('collectAssets', () => {
  it('is null without any', async () => assert.equal(await collectAssets(folder.path, 'web', []), null))

  it('takes folders and files, however they are written', async () => {
    const assets = await collectAssets(folder.path, 'web', ['./views/', 'logo.svg'])
    assert.deepEqual(
      assets?.files.map(({ path }) => path),
      ['logo.svg', 'views/a.html'],
    )
    assert.match(assets?.digest ?? '', /^[0-9a-f]{32}$/)
  })

  it('refuses what git does not track', async () => {
    await assert.rejects(
      collectAssets(folder.path, 'web', ['views', 'new']),
      new SlipwayError({
        what: 'services.web.assets[1]: "new" holds no file that git tracks',
        still: 'Nothing was changed on any host.',
        next: 'Create it, or `git add new`.',
        code: ExitCode.usage,
      }),
    )
  })

  it('takes no folder for another one that begins alike', async () => {
    await assert.rejects(collectAssets(folder.path, 'web', ['vie']), /"vie" holds no file that git tracks/)
  })
})
