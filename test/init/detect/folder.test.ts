import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { SlipwayError } from '../../../src/errors.js'
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

  it('reads texts, and says of others why it does not', async () => {
    folder.write({ 'a.bin': 'a\0b', 'b.txt': 'ü\uFFFD', 'c.txt': Buffer.from('caf\xe9', 'latin1'), d: 'd' })
    symlinkSync('d', join(folder.path, 'e'))
    truncateSync(join(folder.path, 'd'), 9 * 1024 * 1024)
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(tree.files.map(tree.read), [undefined, 'ü\uFFFD', undefined, undefined, undefined])
    assert.deepEqual(Object.fromEntries(tree.unread), {
      'a.bin': 'it is no UTF-8 text',
      'c.txt': 'it is no UTF-8 text',
      d: 'it is larger than 8 MiB',
      e: 'it is larger than 8 MiB',
    })
  })

  it('says which files it can not name', async () => {
    folder.write({ 'a.txt': 'a', '\uFFFD.txt': 'a name of its own' })
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/b`), Buffer.from([0xff, 0x2e, 0x63])]), 'x')
    for (const prepare of [() => undefined, () => folder.git('init', '-q')]) {
      prepare()
      const { tree } = await openFolder(folder.path)
      assert.deepEqual(tree.files, ['a.txt', '\uFFFD.txt'])
      assert.deepEqual([...tree.unread], [['b\uFFFD.c', 'its name is no UTF-8 text']])
    }
  })

  it('reads no pipe, no loop of links, and nothing through a folder that is a link', async () => {
    folder.write({ 'a.txt': 'a', 'real/b.txt': 'b' })
    execFileSync('mkfifo', [join(folder.path, 'package.json')])
    for (const [target, name] of Object.entries({
      'go.mod': 'go.mod',
      'package.json': 'piped.json',
      real: 'linked',
    }))
      symlinkSync(target, join(folder.path, name))
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(tree.files, ['a.txt', 'real/b.txt'])
    assert.equal(tree.read('package.json'), undefined)
  })

  it('decodes by the byte order mark, and leaves it out', async () => {
    const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16()
    folder.write({
      a: '\uFEFF{}',
      b: Buffer.from('\uFEFFflask\r\n', 'utf16le'),
      c: swapped('\uFEFFflask'),
      d: Buffer.from([0xff, 0xfe, 0x41]),
    })
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(tree.files.map(tree.read), ['{}', 'flask\r\n', 'flask', undefined])
    assert.equal(tree.unread.get('d'), 'it is no UTF-16LE text')
  })

  it('follows links to files that Nix sees, and no others', async () => {
    folder.write({ '.gitignore': 'secret', 'requirements/prod.txt': 'flask', secret: 's', 'dir/x': '' })
    for (const [target, name] of Object.entries({
      'requirements/prod.txt': 'requirements.txt',
      secret: 'shown',
      '/etc/passwd': 'users',
      dir: 'folder',
      nowhere: 'dangling',
    }))
      symlinkSync(target, join(folder.path, name))
    folder.git('init', '-q')
    folder.git('add', '.')
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(tree.files, ['.gitignore', 'dir/x', 'requirements.txt', 'requirements/prod.txt'])
    assert.equal(tree.read('requirements.txt'), 'flask')
  })

  it('takes no refusal of git for being outside', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, async () => {
    folder.write({ '.gitignore': '.env', '.env': 'SECRET=1', 'a.js': '' })
    folder.git('init', '-q')
    chownSync(folder.path, 1234, 1234)
    await assert.rejects(openFolder(folder.path), (error: SlipwayError) => {
      assert.equal(error.parts.what, `git refuses to tell what belongs to ${folder.path}`)
      assert.match(error.parts.why ?? '', /dubious ownership/)
      assert.match(error.parts.next ?? '', /git config --global --add safe\.directory /)
      return true
    })
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
