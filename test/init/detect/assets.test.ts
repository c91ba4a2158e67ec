import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { distinctAssets, findAssets, findNamedFolders } from '../../../src/init/detect/assets.js'
import { textTree } from './corpus.js'
import { source } from './samples.js'

const TREE = textTree({ 'views/a.html': '', 'static/b.css': '', 'app/views/c.html': '', 'words.txt': '' })

describe('findAssets', () => {
  const assets = (raw: string, dir = '') =>
    findAssets(TREE, dir, [source(raw)], ['ParseGlob', 'http.Dir', 'ReadFile', 'sendFile']).map(
      ({ value }) => value,
    )

  it('are folders and files that are there and that a call reads', () => {
    assert.deepEqual(assets('ParseGlob("views/*.html"); http.Dir("./static"); ReadFile("words.txt")'), [
      'views',
      'static',
      'words.txt',
    ])
    assert.deepEqual(assets('ParseGlob("missing/*.html"); other("static"); ReadFile("/etc/hosts")'), [])
  })

  it('are found below the folder of the project', () => {
    assert.deepEqual(assets('ParseGlob("views/*")', 'app'), ['app/views'])
  })
})

describe('findNamedFolders', () => {
  const folders = (raw: string) => findNamedFolders(TREE, '', [source(raw)]).map(({ value }) => value)

  it('are folders with a usual name that the source names', () => {
    assert.deepEqual(folders('newServer("views", "static/")'), ['static', 'views'])
    assert.deepEqual(folders('newServer("src", "viewsof")'), [])
  })

  it('are not those that are compiled in', () => {
    assert.deepEqual(folders('//go:embed views static/*.css\nvar files embed.FS\nf("views", "static")'), [])
    assert.deepEqual(folders('include_dir!("static"); #[folder = "views/"]'), [])
  })
})

describe('distinctAssets', () => {
  it('keeps the first of the same', () => {
    const one = { value: 'views', at: { file: 'a', line: 1 } }
    assert.deepEqual(distinctAssets([one, { ...one, at: { file: 'b', line: 2 } }]), [one])
  })
})
