import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Header, pack } from 'tar-stream'
import { createPlaces } from '../../../src/agent/services/asset-places.js'
import { unpackAssets } from '../../../src/agent/services/assets.js'
import { CallFailed } from '../../../src/contract/failure.js'
import { createArchive } from '../../../src/nix/archive.js'
import { type TestAgent, testAgent } from '../test-agent.js'

let test: TestAgent
let to: string
beforeEach(() => {
  test = testAgent()
  to = join(test.folder, 'assets')
})
afterEach(() => test.remove())

type Entry = Partial<Header> & { name: string } & { content?: string }

async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const stream = pack()
  for (const { content = '', ...header } of entries) {
    if (header.type === undefined || header.type === 'file') stream.entry(header, content)
    else stream.entry({ ...header, size: 0 })
  }
  stream.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const unpack = (bytes: Uint8Array) => unpackAssets(test.agent, Readable.from([Buffer.from(bytes)]), to)
const unpackAll = async (entries: readonly Entry[]) => unpack(await archiveOf(entries))
const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname })

/** It is refused, and nothing is written outside of the folder. */
async function refused(entries: readonly Entry[], why: RegExp): Promise<void> {
  await assert.rejects(unpackAll(entries), (error) => {
    assert.ok(error instanceof CallFailed, String(error))
    assert.match(error.message, why)
    return true
  })
  assert.deepEqual(readdirSync(test.folder).sort(), ['assets', 'lib', 'run'])
  rmSync(to, { recursive: true })
}

describe('shipped files', () => {
  it('come out as deployers pack them', async () => {
    const long = `${'folder/'.repeat(30)}${'n'.repeat(120)}`
    const archive = createArchive()
    archive.add('a.txt', 'one')
    archive.add('bin/run', '#!/bin/sh\n', true)
    archive.add('empty', '')
    archive.add(long, 'far')
    archive.add('grüße/ℵ', 'unicode')
    archive.add('..data', 'dots')
    archive.add('large', Buffer.alloc(3_000_000, 7))
    archive.add('bin/link', { link: '../a.txt' })
    await unpack(await archive.finish())
    const read = (name: string) => readFileSync(join(to, name), 'utf8')
    assert.deepEqual(
      [read('a.txt'), read('bin/run'), read('empty'), read(long), read('grüße/ℵ'), read('..data')],
      ['one', '#!/bin/sh\n', '', 'far', 'unicode', 'dots'],
    )
    assert.ok(readFileSync(join(to, 'large')).equals(Buffer.alloc(3_000_000, 7)))
    assert.equal(readlinkSync(join(to, 'bin/link')), '../a.txt')
    assert.deepEqual(
      ['a.txt', 'bin/run'].map((name) => statSync(join(to, name)).mode & 0o7777),
      [0o644, 0o755],
    )
  })

  it('come out as tar(1) packs them, without rights that nobody asked for', async () => {
    const from = join(test.folder, 'from')
    mkdirSync(join(from, 'sub'), { recursive: true })
    writeFileSync(join(from, 'sub/file'), 'text', { mode: 0o4755 })
    symlinkSync('sub/file', join(from, 'link'))
    for (const format of ['ustar', 'pax', 'gnu']) {
      const bytes = execFileSync('tar', ['-C', from, `--format=${format}`, '-cf', '-', '.'])
      await unpack(bytes)
      assert.equal(readFileSync(join(to, 'link'), 'utf8'), 'text')
      assert.equal(statSync(join(to, 'sub/file')).mode & 0o7777, 0o755)
      rmSync(to, { recursive: true })
    }
  })

  it('lie nowhere else', async () => {
    for (const name of ['../x', 'a/../../x', '/tmp/x', './../x', '..', 'a/b/../../../x']) {
      await refused([{ name, content: 'x' }], /leads out of its folder/)
    }
    await refused([{ name: '../x', type: 'directory' }], /leads out of its folder/)
    await refused([link('../x', 'y')], /leads out of its folder/)
  })

  it('are no special files', async () => {
    for (const type of ['link', 'character-device', 'block-device', 'fifo'] as const) {
      await refused(
        [
          { name: 'a', content: 'x' },
          { name: 'b', type, linkname: 'a' },
        ],
        /b is neither/,
      )
    }
    for (const type of ['link', 'fifo'] as const) {
      await refused([{ name: 'b', type, linkname: '/etc/passwd' }], /b is neither/)
    }
    execFileSync('mkfifo', [join(test.folder, 'lib/pipe')])
    const bytes = execFileSync('tar', ['-C', join(test.folder, 'lib'), '-cf', '-', 'pipe'])
    await assert.rejects(unpack(bytes), /pipe is neither a file, a folder nor a link/)
  })

  it('have no links that lead out, be it through others', async () => {
    const out = /a shipped link leads out of its folder/
    await refused([link('a', '/etc/passwd')], out)
    await refused([link('a', '..')], out)
    await refused([link('deep/a', '../../x')], out)
    // Each of these stays in the folder by itself, as it is written.
    await refused([link('here', '.'), link('up', 'here/..')], out)
    await refused([link('up', 'here/..'), link('here', '.')], out)
    await refused([link('here', '.'), link('up', 'here/../up/etc/passwd')], out)
    await refused(
      [{ name: 'a/b/c', type: 'directory' }, link('top', 'a/..'), link('a/b/c/x', '../../../top/..')],
      out,
    )
    await refused([link('one', 'two/../..'), link('two', 'three'), { name: 'three/x', content: '' }], out)
    await refused([link('missing', 'nothing/../../x')], out)
    await refused([link('a', 'b'), link('b', 'a')], out)
    await refused([link('a', 'a')], out)
    const chain = Array.from({ length: 60 }, (_, index) => link(`l${index}`, `l${index + 1}`))
    await refused(chain, out)
  })

  it('may have links that stay', async () => {
    const chain = Array.from({ length: 30 }, (_, index) => link(`l${index}`, `l${index + 1}`))
    await unpackAll([
      ...chain,
      link('l30', 'a/b/file'),
      link('a/up', '../a/./b//file'),
      link('folder', 'a/b'),
      link('through', 'folder/../b/file'),
      link('dangling', 'not/there/../yet'),
      { name: 'a/b/file', content: 'found' },
    ])
    for (const name of ['l0', 'a/up', 'through']) assert.equal(readFileSync(join(to, name), 'utf8'), 'found')
    assert.ok(lstatSync(join(to, 'dangling')).isSymbolicLink())
  })

  it('are not written through links, nor in place of others', async () => {
    const behind = /lies behind a link/
    await refused([link('a', 'b'), { name: 'a/x', content: '' }], behind)
    await refused([link('a', '.'), { name: 'a', type: 'directory' }], /shipped twice/)
    await refused([link('a', '.'), { name: 'a/x', type: 'directory' }], behind)
    await refused([link('a', '.'), link('a/x', 'y')], behind)
    await refused([{ name: 'a/x', content: '' }, link('a', '.')], /shipped twice/)
    await refused([link('a/', '.'), { name: 'a/x', content: '' }], behind)
    await refused([link('a', 'b'), { name: 'a', content: '' }], /shipped twice/)
    await refused(
      [
        { name: 'a', content: '' },
        { name: './a', content: '' },
      ],
      /shipped twice/,
    )
    await refused(
      [
        { name: 'a', content: '' },
        { name: 'a/b', content: '' },
      ],
      /lies in another file/,
    )
    await refused([link('.', '/etc')], /shipped twice/)
    await refused([{ name: './', content: 'x' }], /shipped twice/)
  })

  it('have names that a file can have', async () => {
    await refused([{ name: 'n'.repeat(5000), content: '' }], /too long/)
    await refused([{ name: 'a/'.repeat(10_000), content: '' }], /too long/)
    await refused([{ name: 'b', pax: { path: 'a\0b' } }], /has no name/)
  })

  it('are as many and as large as they say', async () => {
    await refused([{ name: 'a', pax: { size: '99999999999' }, content: 'x' }], /a file in it is too large/)
    const cut = (await archiveOf([{ name: 'a', content: 'x'.repeat(2000) }])).subarray(0, 1500)
    await assert.rejects(unpack(cut), /did not arrive whole/)
    const huge = await archiveOf([{ name: 'a', content: 'x' }])
    huge.write('77777777777 ', 124, 'latin1')
    await assert.rejects(unpack(huge), /damaged/)
    const counted = createPlaces()
    assert.throws(() => {
      for (let index = 0; index < 2000; index += 1) {
        const name = `${index}/${'d/'.repeat(60)}f`
        counted.add(name, { name, type: 'file', target: '' })
      }
    }, /too many, or too large/)
    const deep = `${'d/'.repeat(64)}f`
    assert.throws(() => createPlaces().add(deep, { name: deep, type: 'file', target: '' }), /lies too deep/)
  })

  it('audit 16: are counted, also where an archive has the same folder again and again', () => {
    const counted = createPlaces()
    const folder = { name: 'd/', type: 'folder', target: '' } as const
    assert.throws(() => {
      for (let index = 0; index <= 100_000; index += 1) counted.add('d', folder)
    }, /too many, or too large/)
  })

  it('are refused, or unpacked, whatever the bytes', async () => {
    const good = await archiveOf([
      { name: 'a/b', content: 'text' },
      link('l', 'a'),
      { name: 'x'.repeat(150) },
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: good.byteLength - 1 }), fc.nat({ max: 255 })), { maxLength: 6 }),
        fc.nat({ max: good.byteLength }),
        async (changes, length) => {
          const bytes = Buffer.from(good.subarray(0, length))
          for (const [at, value] of changes) if (at < length) bytes[at] = value
          await unpack(bytes).catch((error: unknown) => {
            const { code } = error as NodeJS.ErrnoException
            assert.ok(error instanceof CallFailed || code === 'ENAMETOOLONG', String(error))
          })
          assert.deepEqual(readdirSync(test.folder).sort(), ['assets', 'lib', 'run'])
          rmSync(to, { recursive: true, force: true })
        },
      ),
      { numRuns: 200 },
    )
    assert.equal(existsSync(to), false)
  })
})
