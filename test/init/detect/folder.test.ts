import assert from 'node:assert/strict'
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { openFolder } from '../../../src/init/detect/folder.js'
import { type Folder, temporaryFolder } from '../../nix/samples.js'

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
})
after(() => folder.remove())

describe('openFolder', () => {
  it('has what git tracks or would, and knows the difference', async () => {
    folder.write({ '.gitignore': 'Cargo.lock\ntarget/\n', 'a.rs': 'a', 'target/x': '', 'Cargo.lock': '' })
    folder.git('init', '-q')
    folder.git('add', '.')
    folder.git('commit', '-q', '-m', 'first')
    folder.write({ 'new/b.rs': 'b' })
    const { tree, git } = await openFolder(folder.path)
    assert.deepEqual(tree.files, ['.gitignore', 'a.rs', 'new/b.rs'])
    assert.deepEqual(git, { repository: true, commits: true, untracked: ['new/b.rs'] })
    assert.equal(tree.read('new/b.rs'), 'b')
    assert.equal(tree.read('Cargo.lock'), undefined)
    assert.deepEqual(['Cargo.lock', 'a.rs', 'missing'].map(tree.isIgnored), [true, false, false])
  })

  it('is the folder, not the repository around it', async () => {
    folder.write({ 'api/main.go': 'x', 'README.md': '' })
    folder.git('init', '-q')
    folder.git('add', '.')
    const { tree, git } = await openFolder(join(folder.path, 'api'))
    assert.deepEqual([tree.name, tree.files], ['api', ['main.go']])
    assert.deepEqual(git, { repository: true, commits: false, untracked: [] })
  })

  it('leaves out what is never source, where no git says so', async () => {
    folder.write({ 'a.js': '', 'node_modules/x/index.js': '', 'target/y': '', 'src/.venv/z': '' })
    const { tree, git } = await openFolder(folder.path)
    assert.deepEqual(tree.files, ['a.js'])
    assert.deepEqual(git, { repository: false, commits: false, untracked: [] })
  })

  it('reads texts only, and follows no links', async () => {
    folder.write({ 'a.bin': 'a\0b', 'b.txt': 'ü' })
    symlinkSync('/etc/passwd', join(folder.path, 'link'))
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(tree.files, ['a.bin', 'b.txt'])
    assert.deepEqual(tree.files.map(tree.read), [undefined, 'ü'])
  })

  it('does not see files that are deleted but still tracked', async () => {
    folder.write({ a: '', b: '' })
    folder.git('init', '-q')
    folder.git('add', '.')
    folder.git('rm', '-q', '--cached', 'b')
    rmSync(join(folder.path, 'a'))
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(tree.files, ['b'])
  })
})
