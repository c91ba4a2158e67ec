import assert from 'node:assert/strict'
import { chmodSync, chownSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { collectFiles, digestFiles, type ShippedFile } from '../../src/nix/files.js'
import { type Folder, temporaryFolder } from './samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

describe('collectFiles', () => {
  const names = async (...paths: string[]) => (await collectFiles(folder.path, paths)).map(({ path }) => path)

  it('takes what git tracks, sorted, each file once', async () => {
    folder.write({
      'views/b.html': '',
      'views/a.html': '',
      'static/x.css': '',
      'views/draft.html': '',
      other: '',
    })
    folder.git('init', '-q')
    folder.git('add', 'views/a.html', 'views/b.html', 'static', 'other')
    assert.deepEqual(await names('views', './static/', 'views/a.html'), [
      'static/x.css',
      'views/a.html',
      'views/b.html',
    ])
  })

  it('leaves out a tracked file that was deleted', async () => {
    folder.write({ a: '', b: '' })
    folder.git('init', '-q')
    folder.git('add', '.')
    rmSync(join(folder.path, 'a'))
    assert.deepEqual(await names('.'), ['b'])
  })

  it('takes all files outside git', async () => {
    folder.write({ 'views/a.html': '', 'views/deep/b.html': '', 'c.txt': '' })
    assert.deepEqual(await names('./views/', './c.txt', 'missing'), [
      'c.txt',
      'views/a.html',
      'views/deep/b.html',
    ])
  })

  it('takes what a repository within tracks', async () => {
    folder.write({ 'nested/a': '', 'nested/.env': '', 'nested/.gitignore': '.env', b: '' })
    folder.git('init', '-q', 'nested')
    folder.git('-C', 'nested', 'add', '.')
    assert.deepEqual(await names('.'), ['b', 'nested/.gitignore', 'nested/a'])
  })

  it('takes paths for names, not for patterns', async () => {
    folder.write({ 'app/[ab]/x': '', 'app/a/secret': '' })
    folder.git('init', '-q')
    folder.git('add', '.')
    assert.deepEqual(await names('app/[ab]'), ['app/[ab]/x'])
    assert.deepEqual(await names(':(top)app'), [])
  })

  it('ships nothing from behind a link that a tracked folder has become', async () => {
    folder.write({ 'views/a': 'page', 'elsewhere/a': 'secret' })
    folder.git('init', '-q')
    folder.git('add', 'views')
    rmSync(join(folder.path, 'views'), { recursive: true })
    symlinkSync('elsewhere', join(folder.path, 'views'))
    await assert.rejects(names('views'), /is reached through a link/)
  })

  for (const [what, damage] of [
    ['that another user owns', () => chownSync(folder.path, 1234, 1234)],
    ['that is damaged', () => rmSync(join(folder.path, '.git/HEAD'))],
  ] as const) {
    it(`ships nothing of a repository ${what}`, {
      skip: process.getuid?.() !== 0 && 'needs root',
    }, async () => {
      folder.write({ 'views/a': '', 'views/.env': '', '.gitignore': '.env' })
      folder.git('init', '-q')
      folder.git('add', '.')
      damage()
      await assert.rejects(names('views'), /git refuses to tell/)
    })
  }

  it('tells content, links and what may be run', async () => {
    folder.write({ 'run.sh': '#!/bin/sh\n', text: 'text' })
    chmodSync(join(folder.path, 'run.sh'), 0o755)
    symlinkSync('text', join(folder.path, 'zlink'))
    assert.deepEqual(await collectFiles(folder.path, ['.']), [
      { path: 'run.sh', content: Buffer.from('#!/bin/sh\n'), executable: true },
      { path: 'text', content: Buffer.from('text'), executable: false },
      { path: 'zlink', content: { link: 'text' }, executable: true },
    ])
  })
})

describe('digestFiles', () => {
  const file = (own: Partial<ShippedFile> = {}): ShippedFile => ({
    path: 'a',
    content: Buffer.from('text'),
    executable: false,
    ...own,
  })

  it('is 32 hexadecimal digits, the same for the same files', () => {
    assert.match(digestFiles([file()]), /^[0-9a-f]{32}$/)
    assert.equal(digestFiles([file()]), digestFiles([file()]))
  })

  for (const [what, other] of [
    ['name', [file({ path: 'b' })]],
    ['content', [file({ content: Buffer.from('texts') })]],
    ['mode', [file({ executable: true })]],
    ['kind', [file({ content: { link: 'text' } })]],
    ['number', [file(), file({ path: 'b' })]],
  ] as const) {
    it(`differs with the ${what}`, () => assert.notEqual(digestFiles([file()]), digestFiles(other)))
  }

  it('does not depend on dates', async () => {
    folder.write({ a: 'text' })
    const before = digestFiles(await collectFiles(folder.path, ['a']))
    utimesSync(join(folder.path, 'a'), 1, 1)
    assert.equal(digestFiles(await collectFiles(folder.path, ['a'])), before)
  })
})
