import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import {
  changedSince,
  defaultBranch,
  gitCommit,
  gitTop,
  trackedFiles,
  untrackedFiles,
} from '../../src/nix/git.js'
import { type Folder, temporaryFolder } from './samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

/** Makes the folder a repository of one commit. */
function commit(files: Record<string, string>): void {
  folder.write(files)
  folder.git('init', '-q')
  folder.git('add', '.')
  folder.git('commit', '-q', '-m', 'first')
}

describe('gitCommit', () => {
  it('is the commit, shortened', async () => {
    commit({ a: '1' })
    const id = folder.git('rev-parse', 'HEAD').slice(0, 12)
    assert.deepEqual(await gitCommit(folder.path), { id, dirty: false })
  })

  it('is dirty where a tracked file differs', async () => {
    commit({ a: '1' })
    folder.write({ a: '2' })
    assert.equal((await gitCommit(folder.path))?.dirty, true)
  })

  it('is clean beside files that git does not track', async () => {
    commit({ a: '1' })
    folder.write({ b: '2' })
    assert.equal((await gitCommit(folder.path))?.dirty, false)
  })

  it('of a folder inside a repository looks at this folder only', async () => {
    commit({ a: '1', 'inner/b': '1' })
    folder.write({ a: '2' })
    assert.equal((await gitCommit(join(folder.path, 'inner')))?.dirty, false)
  })

  it('is null before the first commit and outside git', async () => {
    assert.equal(await gitCommit(folder.path), null)
    folder.git('init', '-q')
    assert.equal(await gitCommit(folder.path), null)
  })
})

describe('changedSince', () => {
  it('names what is not as the commit has it, committed or not, in all of the repository', async () => {
    commit({ a: '1', 'inner/b': '1', same: '1' })
    const first = folder.git('rev-parse', '--short=12', 'HEAD').trim()
    const inner = join(folder.path, 'inner')
    assert.deepEqual(await changedSince(inner, first), [])
    folder.write({ a: '2' })
    folder.git('commit', '-qam', 'second')
    folder.write({ 'inner/b': '2', untracked: '1' })
    assert.deepEqual(await changedSince(inner, first), [join(folder.path, 'a'), join(inner, 'b')])
  })

  it('is undefined where git does not know the commit, and outside git', async () => {
    assert.equal(await changedSince(folder.path, 'abc123'), undefined)
    commit({ a: '1' })
    assert.equal(await changedSince(folder.path, 'abc123abc123'), undefined)
    assert.equal(await changedSince(folder.path, '--output=written'), undefined)
    assert.equal(existsSync(join(folder.path, 'written')), false)
  })
})

describe('gitTop', () => {
  it('is the top of the repository', async () => {
    folder.git('init', '-q')
    mkdirSync(join(folder.path, 'a/b'), { recursive: true })
    assert.equal(await gitTop(join(folder.path, 'a/b')), folder.path)
  })
  it('is undefined outside git', async () => assert.equal(await gitTop(folder.path), undefined))
})

describe('trackedFiles', () => {
  it('lists files below paths, relative to the folder, whatever their names', async () => {
    commit({ 'top.txt': '', 'in/a b.txt': '', 'in/é\n.txt': '', 'in/views/x.html': '' })
    folder.write({ 'in/untracked': '' })
    assert.deepEqual(await trackedFiles(join(folder.path, 'in')), ['a b.txt', 'views/x.html', 'é\n.txt'])
    assert.deepEqual(await trackedFiles(join(folder.path, 'in'), ['views']), ['views/x.html'])
  })
  it('lists files that are added and not committed', async () => {
    folder.write({ a: '' })
    folder.git('init', '-q')
    folder.git('add', 'a')
    assert.deepEqual(await trackedFiles(folder.path), ['a'])
  })
  it('is undefined outside git', async () => assert.equal(await trackedFiles(folder.path), undefined))
})

describe('untrackedFiles', () => {
  it('lists what git neither tracks nor ignores', async () => {
    commit({ 'in/a': '', '.gitignore': 'ignored' })
    folder.write({ 'in/b': '', 'in/deep/c d': '', 'in/ignored': '', top: '' })
    assert.deepEqual(await untrackedFiles(join(folder.path, 'in')), ['b', 'deep/c d'])
  })
  it('lists nothing outside git', async () => assert.deepEqual(await untrackedFiles(folder.path), []))
})

describe('defaultBranch', () => {
  it('is the one that origin calls its own', async () => {
    commit({ a: '' })
    folder.git('checkout', '-q', '-b', 'feature')
    folder.git('update-ref', 'refs/remotes/origin/trunk', 'HEAD')
    folder.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk')
    assert.equal(await defaultBranch(folder.path), 'trunk')
  })
  it('is else the one that is checked out, before the first commit too', async () => {
    folder.git('init', '-q', '-b', 'release/1.0')
    assert.equal(await defaultBranch(folder.path), 'release/1.0')
  })
  it('is undefined where there is none', async () => {
    assert.equal(await defaultBranch(folder.path), undefined)
    commit({ a: '' })
    folder.git('checkout', '-q', '--detach')
    assert.equal(await defaultBranch(folder.path), undefined)
  })
})
