import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { createArchive } from '../../src/nix/archive.js'
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
