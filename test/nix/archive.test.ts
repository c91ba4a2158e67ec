import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { createArchive } from '../../src/nix/archive.js'
import { collectFiles, digestFiles, type ShippedFile } from '../../src/nix/files.js'
import { type Folder, temporaryFolder } from './samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

/** Unpacks an archive with `tar` into the folder `out`. */
function unpack(bytes: Uint8Array): string {
  const out = join(folder.path, 'out')
  execFileSync('mkdir', [out])
  execFileSync('tar', ['-x', '-f', '-', '-C', out], { input: bytes })
  return out
}

describe('createArchive', () => {
  it('makes what tar unpacks: files, programs, links, long names, any text', async () => {
    const long = `${'deep/'.repeat(40)}${'n'.repeat(150)}.txt`
    const big = Buffer.alloc(3_000_001, 'x')
    const archive = createArchive()
    archive.add('request', 'web 1 - deploy\n')
    archive.add('bin/run', Buffer.from('#!/bin/sh\n'), true)
    archive.add('link', { link: '../else where' })
    archive.add('ünï cödé', 'ü\u0000')
    archive.add(long, 'deep')
    archive.add('big', big)
    archive.add('empty', '')
    const out = unpack(await archive.finish())
    assert.equal(readFileSync(join(out, 'request'), 'utf8'), 'web 1 - deploy\n')
    assert.equal(lstatSync(join(out, 'request')).mode & 0o777, 0o644)
    assert.equal(lstatSync(join(out, 'bin/run')).mode & 0o777, 0o755)
    assert.equal(readlinkSync(join(out, 'link')), '../else where')
    assert.equal(readFileSync(join(out, 'ünï cödé'), 'utf8'), 'ü\u0000')
    assert.equal(readFileSync(join(out, long), 'utf8'), 'deep')
    assert.ok(readFileSync(join(out, 'big')).equals(big))
    assert.equal(readFileSync(join(out, 'empty'), 'utf8'), '')
  })

  it('gives the same bytes for the same entries', async () => {
    const make = () => {
      const archive = createArchive()
      archive.add('a', 'one')
      archive.add('b', { link: 'a' })
      return archive.finish()
    }
    assert.deepEqual(await make(), await make())
  })

  it('may be empty', async () =>
    assert.deepEqual(execFileSync('ls', [unpack(await createArchive().finish())]).length, 0))
})

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
    folder.write({ 'views/a.html': '', 'views/deep/b.html': '', 'c.txt': '', 'nested/.git/config': '' })
    assert.deepEqual(await names('./views/', './c.txt', 'missing', 'nested'), [
      'c.txt',
      'views/a.html',
      'views/deep/b.html',
    ])
  })

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
